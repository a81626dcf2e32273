/** The licences of what is bundled, in one file beside it: they ask for that. */
import { readFileSync } from 'node:fs';
import type { Plugin } from 'vite';

const BUNDLED: Record<string, string> = {
  svelte: 'LICENSE.md',
  clsx: 'license',
  'esm-env': 'LICENSE',
  'maplibre-gl': 'LICENSE.txt',
  'topojson-client': 'LICENSE',
  '@fontsource-variable/source-sans-3': 'LICENSE',
};

export function licences(): Plugin {
  return {
    name: 'licences',
    generateBundle() {
      const texts = Object.entries(BUNDLED).map(
        ([name, file]) => `${name}\n\n${readFileSync(new URL(`node_modules/${name}/${file}`, import.meta.url), 'utf8')}`,
      );
      this.emitFile({ type: 'asset', fileName: 'licences.txt', source: texts.join('\n\n----------\n\n') });
    },
  };
}
