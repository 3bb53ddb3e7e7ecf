import type { CatalogDeclaration } from '../../schemas/catalog/catalog.ts'
import type { DescribedNode } from '../../topology/graph/describe.ts'
import { settingsOfAll } from './settings.ts'

/** Source of time: a live application takes the broker's append time and has a ticker; times and ticks of history come with its input. */
export type Kind = 'live' | 'history'

/** The role of a topic; a foreign one is the company's, and never created, changed or deleted. */
export type Part = 'input' | 'internal' | 'public' | 'changelog' | 'foreign'

/** Wanted state of a topic. */
export interface WantedTopic {
  readonly part: Part
  readonly partitions: number
  readonly config: Readonly<Record<string, string>>
  /** Only for a changelog: the log whose tasks write it, and whose number of partitions it has. */
  readonly log?: string
}

/** A table whose rows are stored: the version that it writes, and the schemas that it reads, as JSON by version. */
export interface WantedTable {
  readonly version: number
  readonly schemas: Readonly<Record<number, string>>
}

/** The version that a table wrote last, and the schemas that it ever wrote in this generation, as JSON by version. */
export type DeployedTable = WantedTable

/** Everything that an application needs on a cluster. */
export interface Wanted {
  readonly app: string
  /** Prefix of all names on the cluster; the names here are without it. */
  readonly prefix: string
  readonly kind: Kind
  readonly topologyVersion: string
  readonly nodes: readonly DescribedNode[]
  readonly topics: ReadonlyMap<string, WantedTopic>
  readonly tables: ReadonlyMap<string, WantedTable>
  /** Schemas as JSON, by subject. */
  readonly schemas: ReadonlyMap<string, string>
  /** The catalog by which intake checks events; absent for the words of version 0.1. */
  readonly catalog?: CatalogDeclaration
}

/** The last applied state, kept on the cluster so that the next plan can be compared with it. */
export interface Deployment {
  readonly app: string
  readonly kind: Kind
  /** Grows by one whenever the application begins anew from its inputs. */
  readonly generation: number
  readonly topologyVersion: string
  readonly nodes: readonly DescribedNode[]
  readonly topics: Readonly<Record<string, Omit<WantedTopic, 'config'>>>
  /** Absent in deployments that an earlier version of JOAI noted. */
  readonly tables?: Readonly<Record<string, DeployedTable>>
  /** Ids that the registry assigned, by subject. */
  readonly schemas: Readonly<Record<string, number>>
  readonly catalog?: CatalogDeclaration
}

/** Compacted topic that keeps one deployment per application. */
export const deploymentTopic = 'joai-deployment'

/** Settings of that topic. */
export const deploymentTopicConfig = { ...settingsOfAll, 'cleanup.policy': 'compact' } as const
