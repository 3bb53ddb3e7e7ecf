import kafkajs, { type AclEntry, type Admin } from 'kafkajs'

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs

/** A right on a broker's resource, given to a principal such as `User:joai`. */
export interface Grant {
  readonly principal: string
  readonly operation: keyof typeof operations
  readonly on: keyof typeof resources
  readonly name: string
  /** Whether it holds for all names with this prefix. */
  readonly prefix: boolean
}

const operations = {
  read: AclOperationTypes.READ,
  write: AclOperationTypes.WRITE,
  create: AclOperationTypes.CREATE,
  delete: AclOperationTypes.DELETE,
  alter: AclOperationTypes.ALTER,
  describe: AclOperationTypes.DESCRIBE,
  'describe-configs': AclOperationTypes.DESCRIBE_CONFIGS,
  'alter-configs': AclOperationTypes.ALTER_CONFIGS,
} as const

const resources = {
  topic: AclResourceTypes.TOPIC,
  group: AclResourceTypes.GROUP,
  cluster: AclResourceTypes.CLUSTER,
  'transactional-id': AclResourceTypes.TRANSACTIONAL_ID,
} as const

const securityDisabled = 54

/** Lists all rights that allow something; null where the broker has no authorizer. */
export async function describeAcls(admin: Admin): Promise<Grant[] | null> {
  try {
    const { resources: found } = await admin.describeAcls({
      resourceType: AclResourceTypes.ANY,
      resourcePatternType: ResourcePatternTypes.ANY,
      operation: AclOperationTypes.ANY,
      permissionType: AclPermissionTypes.ALLOW,
    })
    return found.flatMap(({ resourceType, resourceName, resourcePatternType, acls }) =>
      acls.flatMap(({ principal, operation }) => {
        const on = nameOf(resources, resourceType)
        const may = nameOf(operations, operation)
        const prefix = resourcePatternType === ResourcePatternTypes.PREFIXED
        return on === undefined || may === undefined
          ? []
          : [{ principal, operation: may, on, name: resourceName, prefix }]
      }),
    )
  } catch (error) {
    if ((error as { code?: number }).code === securityDisabled) return null
    throw error
  }
}

/** Grants rights, for access from any host. */
export async function grantAcls(admin: Admin, grants: readonly Grant[]): Promise<void> {
  await admin.createAcls({
    acl: grants.map(
      ({ principal, operation, on, name, prefix }): AclEntry => ({
        principal,
        host: '*',
        operation: operations[operation],
        permissionType: AclPermissionTypes.ALLOW,
        resourceType: resources[on],
        resourceName: name,
        resourcePatternType: prefix ? ResourcePatternTypes.PREFIXED : ResourcePatternTypes.LITERAL,
      }),
    ),
  })
}

const nameOf = <T extends Record<string, number>>(names: T, value: number): keyof T | undefined =>
  (Object.keys(names) as (keyof T)[]).find(name => names[name] === value)
