import '../../styles/segments.css'
import { SegmentBuilder } from './builder'
import { SegmentList } from './list'

export default function SegmentsPage({ id }: { id?: string }) {
  if (!id) return <SegmentList />
  return <SegmentBuilder key={id} id={id === 'new' ? null : id} />
}
