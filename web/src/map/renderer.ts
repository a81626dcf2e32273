/** Which renderer draws the map: the canvas first and always; MapLibre GL where a real graphics card exists, or on demand. */

/** What the address asks for: `auto` takes what suits this computer. */
export const RENDERERS = ['auto', 'canvas', 'gl'] as const;
export type RendererChoice = (typeof RENDERERS)[number];

/** Names of renderers that do a graphics card's work on the processor, several times as slow as a canvas. */
const IN_SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render|warp/i;

/** Whether a name that WebGL gives is that of a graphics card; an empty one says nothing, and is not trusted. */
export const isCard = (name: string): boolean => name !== '' && !IN_SOFTWARE.test(name);

/** Whether this computer has a real graphics card that WebGL 2 may use. Some browsers tell only by the name. */
export function hasCard(): boolean {
  const gl = document.createElement('canvas').getContext('webgl2', { failIfMajorPerformanceCaveat: true });
  if (gl === null) return false;
  const told = gl.getExtension('WEBGL_debug_renderer_info');
  const name = String(gl.getParameter(told === null ? gl.RENDERER : told.UNMASKED_RENDERER_WEBGL) ?? '');
  // Browsers allow a handful of contexts only.
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  return isCard(name);
}
