import type { ReactNode } from 'react'
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components'
import { Button } from './parts'

export function Sheet({ title, wide, onClose, children }: { title: string; wide?: boolean; onClose: () => void; children: ReactNode }) {
  return (
    <ModalOverlay className="overlay" isOpen isDismissable onOpenChange={(open) => !open && onClose()}>
      <Modal className={`dialog${wide ? ' wide' : ''}`}>
        <Dialog>
          <div className="stack">
            <div className="row spread">
              <Heading slot="title" level={2}>
                {title}
              </Heading>
              <Button kind="quiet" slim icon="close" aria-label="Close" onPress={onClose} />
            </div>
            {children}
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}
