import type { Problem } from '../../operators/release/problem.ts'

/** Formats a problem with its place and its remedy. */
export const formatProblem = ({ file, line, column, message, remedy }: Problem): string =>
  `${file}:${line}:${column} ${message}\n    ${remedy}`
