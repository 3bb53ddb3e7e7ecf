import type { DescribedNode } from '../../topology/graph/describe.ts'

/** A live application takes the broker's append time and has a ticker; of history, times and ticks come with the input. */
export type Kind = 'live' | 'history'

export type Part = 'input' | 'internal' | 'public' | 'changelog'

/** A topic as it must be. */
export interface WantedTopic {
  readonly part: Part
  readonly partitions: number
  readonly config: Readonly<Record<string, string>>
  /** Of a changelog: the log whose tasks write it, and whose partitions it has. */
  readonly log?: string
}

/** A table whose rows are stored: the version that it writes, and the schemas that it reads, as JSON by version. */
export interface WantedTable {
  readonly version: number
  readonly schemas: Readonly<Record<number, string>>
}

/** The version that a table wrote last, and the schemas that it ever wrote in this generation, as JSON by version. */
export type DeployedTable = WantedTable

/** What an application needs on a cluster. */
export interface Wanted {
  readonly app: string
  /** In front of all names on the cluster; topics and deployments are named here without it. */
  readonly prefix: string
  readonly kind: Kind
  readonly topologyVersion: string
  readonly nodes: readonly DescribedNode[]
  readonly topics: ReadonlyMap<string, WantedTopic>
  readonly tables: ReadonlyMap<string, WantedTable>
  /** Schemas as JSON, by subject. */
  readonly schemas: ReadonlyMap<string, string>
}

/** What was applied last: kept on the cluster, for the next plan to compare with. */
export interface Deployment {
  readonly app: string
  readonly kind: Kind
  /** Grows whenever the application begins anew from its inputs. */
  readonly generation: number
  readonly topologyVersion: string
  readonly nodes: readonly DescribedNode[]
  readonly topics: Readonly<Record<string, Omit<WantedTopic, 'config'>>>
  /** Absent where an earlier version of JOAI noted it. */
  readonly tables?: Readonly<Record<string, DeployedTable>>
  /** The ids that the registry gave, by subject. */
  readonly schemas: Readonly<Record<string, number>>
}

/** The compacted topic that keeps one deployment for each application. */
export const deploymentTopic = 'joai-deployment'

/** Its settings. */
export const deploymentTopicConfig = { 'cleanup.policy': 'compact' } as const
