import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

/** `vite` alone serves the page with the API of a server on port 8080. */
export default defineConfig({
  plugins: [svelte()],
  build: {
    target: 'es2022',
    /** The content security policy allows no inlined script, style or font. */
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
  },
  server: {
    proxy: { '/v1': 'http://127.0.0.1:8080', '/enter': 'http://127.0.0.1:8080' },
  },
});
