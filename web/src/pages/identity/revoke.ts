import { Revoke } from '../../api/api.gen'
import { ask, words } from '../../lib/api'
import { toast } from '../../ui/toast'

/** Takes a decision back, as if it had never been made, and says so. */
export async function revoke(id: string): Promise<boolean> {
  try {
    const { identityDecisionRevoke: answer } = await ask(Revoke, { id })
    const wrong = answer.userErrors[0]
    toast(wrong ? wrong.message : 'The decision is taken back, as if it had never been made.', { kind: wrong ? 'bad' : '' })
    return !wrong
  } catch (e) {
    toast(words(e), { kind: 'bad' })
    return false
  }
}
