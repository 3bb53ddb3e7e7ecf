import { createTagsFilter } from '@vitest/runner/utils'
import type { Reporter, TestCase, TestModule, Vitest } from 'vitest/node'

/** Reports at the end of a run how many tests belong to other tiers, and which tests of this tier were skipped. */
export default class TierReporter implements Reporter {
  #isOfThisTier: (tags: string[]) => boolean = () => true
  #log: (text: string) => void = () => undefined

  onInit({ config, logger }: Vitest): void {
    // A run of tests by name needs no list of the others.
    if (config.testNamePattern) return
    if (config.tagsFilter) this.#isOfThisTier = createTagsFilter(config.tagsFilter, config.tags)
    this.#log = text => logger.log(text)
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const skipped = modules.flatMap(module => [...module.children.allTests('skipped')])
    const here = skipped.filter(test => this.#isOfThisTier(test.tags))
    const others = skipped.length - here.length
    if (others > 0) this.#log(`left to other tiers: ${others} tests (vitest.config.ts, "tags", says which there are)`)
    for (const test of here) this.#log(`skipped: ${nameOf(test)}`)
  }
}

function nameOf(test: TestCase): string {
  const result = test.result()
  const reason = result?.state === 'skipped' && result.note ? ` (skipped: ${result.note})` : ''
  return `${test.module.relativeModuleId} > ${test.fullName}${reason}`
}
