import { spawnSync } from 'node:child_process'

/** Runs `promtool`, which comes with Prometheus; the input is its stdin. */
export function promtool(
  args: readonly string[],
  { cwd, input = '' }: { readonly cwd: string; readonly input?: string },
) {
  const { status, stdout, stderr } = spawnSync('promtool', args, { cwd, input, encoding: 'utf8' })
  return { code: status, said: `${stdout}${stderr}` }
}

/** The reason why there is no `promtool`; null where there is one. */
export const promtoolLacks = (): string | null =>
  spawnSync('promtool', ['--version']).status === 0 ? null : 'there is no promtool, which comes with Prometheus'
