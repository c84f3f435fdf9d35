import '../../styles/segments.css'
import { SegmentBuilder } from './builder'
import { ComputedTraits } from './computed'
import { SegmentList } from './list'

export default function SegmentsPage({ id }: { id?: string }) {
  if (!id) return <SegmentList />
  if (id === 'computed') return <ComputedTraits />
  return <SegmentBuilder key={id} id={id === 'new' ? null : id} />
}
