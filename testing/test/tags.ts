import { TestRunner, type TestTags } from 'vitest'

declare module 'vitest' {
  interface TestTags {
    readonly tags: 'process' | 'broker' | 'law' | 'slow'
  }
}

/** Whether this run takes tests with these tags. A file asks before it looks for a program that only they need. */
export const isWanted = (...tags: readonly TestTags['tags'][]): boolean => TestRunner.matchesTags([...tags])
