/** Wakes a loop that waits for something to happen. */
export class WakeUpSignal {
  #wake: (() => void) | null = null
  #isDue = false

  /** Ends the current wait, or the next one if nobody waits. */
  wake(): void {
    this.#isDue = true
    this.#wake?.()
  }

  /** Resolves at the next `wake`, or after `ms` at the latest. */
  async wait(ms: number): Promise<void> {
    if (!this.#isDue) {
      let timer: NodeJS.Timeout | undefined
      await new Promise<void>(resolve => {
        this.#wake = resolve
        timer = setTimeout(resolve, ms)
      })
      clearTimeout(timer)
    }
    this.#wake = null
    this.#isDue = false
  }
}
