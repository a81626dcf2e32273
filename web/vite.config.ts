import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';
import { licences } from './licences.ts';

/** Where `kansen serve` listens while this application is being developed. */
const server = process.env['KANSEN_SERVER'] ?? 'http://127.0.0.1:8000';

export default defineConfig({
  plugins: [svelte(), licences()],
  build: {
    outDir: '../src/kansen/atlas/static',
    emptyOutDir: true,
    target: 'es2022',
    // A data: address would need its own exception in the content policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/api': server } },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
});
