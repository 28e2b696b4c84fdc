// Makes the functions that check objects of their schemas, once, while the program is bundled: ajv as a compiler, and what it remembers of
// the schemas, takes 4 MB of each program that carries it. Each function is in a file of its own, since few programs need all of them.
import { Ajv } from 'ajv';
import standaloneCode from 'ajv/dist/standalone/index.js';
import { build } from 'esbuild';

const folder = 'api/checks';

/**
 * What there is to be beside the bundle: the path of each file in its folder, its text, a CommonJS module that is the function, and the
 * files that it is made of.
 * @param root of the project, with a closing slash
 */
export async function checkFiles(root) {
  const { objectSchemas, checkOptions } = await schemas(root);
  return Promise.all(
    variants(objectSchemas).map(async ({ kind, thorough, name }) => {
      const ajv = new Ajv({ ...checkOptions(thorough), code: { source: true } });
      const contents = standaloneCode(ajv, ajv.compile(withoutDescriptions(objectSchemas[kind])));
      const { outputFiles, metafile } = await build({
        absWorkingDir: root,
        stdin: { contents, resolveDir: root },
        metafile: true,
        bundle: true,
        minify: true,
        format: 'cjs',
        platform: 'node',
        legalComments: 'none',
        write: false,
      });
      // What ajv has written is ajv's, too.
      const inputs = [...Object.keys(metafile.inputs), 'node_modules/ajv/lib/compile/codegen'];
      return { path: `${folder}/${name}.js`, text: outputFiles[0].text, inputs };
    }),
  );
}

/** Has the bundle load those files, each at its first use, where src/api/compiled-check.ts is asked. Every importer is one folder deep. */
export const loadChecks = (root) => ({
  name: 'load-checks',
  setup(bundler) {
    bundler.onResolve({ filter: new RegExp(`^\\.\\./${folder}/`) }, ({ path }) => ({ path, external: true }));
    bundler.onLoad({ filter: /\/src\/api\/compiled-check\.ts$/ }, async () => {
      const { objectSchemas } = await schemas(root);
      const loads = variants(objectSchemas).map(({ name }) => `'${name}': () => require('../${folder}/${name}.js')`);
      const contents = `
        const load = { ${loads.join(', ')} };
        export function compiledCheck(kind, thorough) { return load[nameOf(kind, thorough)](); }
        ${nameOf}`;
      return { contents, loader: 'js' };
    });
  },
});

function variants(objectSchemas) {
  return Object.keys(objectSchemas).flatMap((kind) =>
    [true, false].map((thorough) => ({ kind, thorough, name: nameOf(kind, thorough) })),
  );
}

/** Also part of the bundle. */
function nameOf(kind, thorough) {
  return `${kind}-${thorough ? 'all' : 'first'}`;
}

/** The modules of src/api that say what is checked. */
async function schemas(root) {
  const contents = "export * from './src/api/object-schemas.ts'; export * from './src/api/check-options.ts';";
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root, loader: 'ts' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    write: false,
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}

/** What checks nothing; it would be in the bundle once more. */
function withoutDescriptions(schema) {
  return JSON.parse(
    JSON.stringify(schema, (key, value) => (key === 'description' && typeof value === 'string' ? undefined : value)),
  );
}
