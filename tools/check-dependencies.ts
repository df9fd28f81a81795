import { type Manifest, readManifest } from './manifest.ts'
import { type Finding, isTest, readFiles, type TextFile } from './repository.ts'
import { moduleRequests } from './syntax.ts'

/** Each package declares what it imports, so that its dependencies are installed with it. */
export function checkDependencies(): readonly Finding[] {
  const shared = readManifest('.')
  return ['packages/coatcheck', 'apps/mjrwtf'].flatMap((folder) => {
    const manifest = readManifest(folder)
    return [
      ...findUnexpectedDependencies(folder, manifest),
      ...readFiles(`${folder}/{src,test}/**/*.{ts,tsx}`).flatMap((file) =>
        findUndeclared(file, isTest(file.path) ? [manifest, shared] : [manifest]),
      ),
    ]
  })
}

export function findUndeclared(file: TextFile, manifests: readonly Manifest[]): readonly Finding[] {
  const declared = manifests.flatMap(namesIn)
  return moduleRequests(file)
    .filter(({ specifier }) => !/^(?:\.|node:)/.test(specifier))
    .filter(({ specifier }) => !declared.includes(packageOf(specifier)))
    .map(({ specifier, line }) => ({
      file: file.path,
      line,
      message: `${packageOf(specifier)} is not declared in package.json`,
    }))
}

/** The library has no runtime dependencies and only optional peers. */
export function findUnexpectedDependencies(folder: string, manifest: Manifest): readonly Finding[] {
  if (manifest.name !== 'coatcheck') return []
  const file = `${folder}/package.json`
  const required = Object.keys(manifest.peerDependencies ?? {}).filter(
    (name) => manifest.peerDependenciesMeta?.[name]?.optional !== true,
  )
  return [
    ...Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies }).map((name) => ({
      file,
      message: `${name} must not be a dependency: the library has none at run time`,
    })),
    ...required.map((name) => ({ file, message: `peer ${name} must be optional` })),
  ]
}

function namesIn(manifest: Manifest): readonly string[] {
  const { name, dependencies, optionalDependencies, devDependencies, peerDependencies } = manifest
  const all = { ...dependencies, ...optionalDependencies, ...devDependencies, ...peerDependencies }
  return [name, ...Object.keys(all)]
}

function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}
