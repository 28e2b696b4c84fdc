// Owns: the list of what is in an image, in CycloneDX 1.6.
import { Enums, Models, Serialize, Spec } from '@cyclonedx/cyclonedx-library';
import { PackageURL } from 'packageurl-js';
import type { Architecture } from './architecture.js';
import type { DebianPackage } from './deb.js';
import { debianRelease } from './debian.js';
import type { ShippedPackage } from './program.js';

export interface Contents {
  readonly version: string;
  readonly commit: string;
  readonly architecture: Architecture;
  readonly debian: readonly DebianPackage[];
  readonly npm: readonly ShippedPackage[];
}

/** As JSON: the same for the same contents, so without a time and a serial number. */
export function billOfMaterials(contents: Contents): string {
  const bom = new Models.Bom();
  bom.metadata.component = new Models.Component(Enums.ComponentType.Container, 'openelb-vip', {
    bomRef: 'openelb-vip',
    version: contents.version,
    licenses: new Models.LicenseRepository([new Models.SpdxLicense('Apache-2.0')]),
    properties: new Models.PropertyRepository([
      new Models.Property('openelb-vip:commit', contents.commit),
      new Models.Property('openelb-vip:architecture', contents.architecture.name),
    ]),
  });
  const components = [node(contents.architecture), ...contents.debian.map(ofDebian), ...contents.npm.map(ofNpm)];
  for (const component of components) {
    bom.components.add(component);
    bom.metadata.component.dependencies.add(component.bomRef);
  }
  const spec = Spec.SpecVersionDict[Spec.Version.v1dot6]!;
  const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(spec));
  return `${serializer.serialize(bom, { sortLists: true, space: 1 })}\n`;
}

function node({ nodePackage: { name, version, integrity } }: Architecture): Models.Component {
  return new Models.Component(Enums.ComponentType.Application, 'node', {
    ...identified(new PackageURL('npm', undefined, name, version, undefined, undefined)),
    version,
    cpe: `cpe:2.3:a:nodejs:node.js:${version}:*:*:*:*:*:*:*`,
    hashes: sha512(integrity),
    // More than one, of the libraries that are linked into it: its file LICENSE has them all.
    licenses: new Models.LicenseRepository([new Models.NamedLicense('see /usr/share/doc/nodejs/copyright')]),
  });
}

function ofDebian({ name, version, architecture, sha256 }: DebianPackage): Models.Component {
  const qualifiers = { arch: architecture, distro: `debian-${debianRelease.version}` };
  return new Models.Component(Enums.ComponentType.Library, name, {
    ...identified(new PackageURL('deb', 'debian', name, version, qualifiers, undefined)),
    version,
    hashes: new Models.HashDictionary([[Enums.HashAlgorithm['SHA-256'], sha256]]),
    licenses: new Models.LicenseRepository([new Models.NamedLicense(`see /usr/share/doc/${name}/copyright`)]),
  });
}

function ofNpm({ name, version, integrity, licence }: ShippedPackage): Models.Component {
  const [base, scope] = name.split('/').reverse();
  return new Models.Component(Enums.ComponentType.Library, base!, {
    ...identified(new PackageURL('npm', scope, base!, version, undefined, undefined)),
    ...(scope === undefined ? {} : { group: scope }),
    version,
    hashes: sha512(integrity),
    licenses: new Models.LicenseRepository([
      /[ (]/.test(licence) ? new Models.LicenseExpression(licence) : new Models.SpdxLicense(licence),
    ]),
  });
}

function identified(url: PackageURL): { readonly bomRef: string; readonly purl: string } {
  return { bomRef: url.toString(), purl: url.toString() };
}

function sha512(integrity: string): Models.HashDictionary {
  const hex = Buffer.from(integrity.replace(/^sha512-/, ''), 'base64').toString('hex');
  return new Models.HashDictionary([[Enums.HashAlgorithm['SHA-512'], hex]]);
}
