/**
 * A map drawn by MapLibre GL, for computers with a graphics card: areas and borders are MapLibre's, everything else is shared
 * with the canvas. It is fetched apart, when it is wanted. It asks nothing of anyone: its areas come from the page, its worker
 * from where the page comes from, and it has no tiles, no letters and no pictures but the two patterns.
 */
import 'maplibre-gl/dist/maplibre-gl.css';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import { type ExpressionSpecification, type GeoJSONSource, Map as GlCanvas, setWorkerUrl } from 'maplibre-gl';
import type { Frame } from './camera';
import { DOTS, HATCHED } from './colours';
import { bordersAt, FlatMap, PALE, STRONG, THIN } from './flat';
import { areasAsGeoJson, linesAsGeoJson, lookAt } from './globe';
import { dotsTile, hatchTile } from './hatch';
import type { MapShape } from './shape';
import type { Paint } from './view';

setWorkerUrl(workerUrl);

/** The slot of an area that has not been painted yet. */
const NEVER = -2;
/** Borders grow with the zoom over this many of its steps. */
const ZOOM_STEPS = 4;
const state = (name: string, otherwise: string | number): ExpressionSpecification => ['coalesce', ['feature-state', name], otherwise];

export class GlMap extends FlatMap {
  readonly #element: HTMLElement;
  readonly #map: GlCanvas;
  #isLoaded = false;
  #isGone = false;
  #strong: Float64Array[] = [];
  #pending: MapShape | null = null;
  /** What each area was painted with last: only what differs is told to the graphics card. */
  #told = new Int16Array();
  #fills = '';

  /** `broken` is called when the graphics card gives up. Throws where there is none. */
  constructor(host: HTMLElement, paddingOf: () => Frame['padding'], ready: () => void, broken: () => void) {
    const element = document.createElement('div');
    super(host, paddingOf, () => host.append(element));
    this.#element = element;
    element.setAttribute('aria-hidden', 'true');
    element.style.cssText = 'position: absolute; inset: 0';
    try {
      this.#map = new GlCanvas({
        container: element,
        interactive: false,
        attributionControl: false,
        fadeDuration: 0,
        renderWorldCopies: false,
        trackResize: false,
        // Without it nothing of the map would be printed.
        canvasContextAttributes: { antialias: true, preserveDrawingBuffer: true },
        style: {
          version: 8,
          sources: Object.fromEntries(['areas', 'thin', 'strong'].map((id) => [id, { type: 'geojson', data: linesAsGeoJson([]), tolerance: 0.1, maxzoom: 12 }])),
          layers: [],
        },
      });
    } catch (error) {
      super.destroy();
      element.remove();
      throw error;
    }
    this.#map.on('webglcontextlost', broken);
    this.#map.once('load', () => {
      this.#addLayers();
      this.#isLoaded = true;
      if (this.#pending !== null) this.#show(this.#pending);
      ready();
    });
    this.resize();
  }

  override settled(): Promise<void> {
    return new Promise((resolve) => {
      void this.#map.once('idle', () => resolve());
      this.#map.triggerRepaint();
    });
  }

  override destroy(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    super.destroy();
    this.#map.remove();
    this.#element.remove();
  }

  setStrongBorders(lines: Float64Array[]): void {
    this.#strong = lines;
    if (this.#isLoaded) this.#source('strong').setData(linesAsGeoJson(lines));
  }

  protected shapeChanged(shape: MapShape): void {
    this.#strong = [];
    if (this.#isLoaded) this.#show(shape);
    else this.#pending = shape;
  }

  protected sized(): void {
    this.#map.setPixelRatio(this.density);
    this.#map.resize();
    if (this.#isLoaded) this.#setWidths();
  }

  protected drawFills(): void {
    if (this.frame.width > 0) this.#map.jumpTo(lookAt(this.camera, this.frame));
    if (this.#isLoaded && this.paint !== null) this.#tell(this.paint);
  }

  protected drawBorders(): void {
    // They move with the areas.
  }

  #source(id: string): GeoJSONSource {
    return this.#map.getSource(id) as GeoJSONSource;
  }

  #addLayers(): void {
    const map = this.#map;
    for (const [name, tile] of Object.entries({ hatch: hatchTile(this.density), dots: dotsTile(this.density) })) {
      const pen = tile.getContext('2d');
      if (pen !== null) map.addImage(name, pen.getImageData(0, 0, tile.width, tile.height), { pixelRatio: this.density });
    }
    map.addLayer({ id: 'fill', type: 'fill', source: 'areas', paint: { 'fill-color': state('colour', '#ffffff'), 'fill-opacity': state('colour-opacity', 0) } });
    // Patterns cannot follow the state of an area; how much is seen of them can.
    for (const pattern of ['hatch', 'dots']) {
      map.addLayer({ id: pattern, type: 'fill', source: 'areas', paint: { 'fill-pattern': pattern, 'fill-opacity': state(pattern, 0) } });
    }
    for (const [id, colour] of [['thin', THIN], ['strong', STRONG]] as const) {
      map.addLayer({ id, type: 'line', source: id, layout: { 'line-join': 'round' }, paint: { 'line-color': colour, 'line-width': 0 } });
    }
  }

  #show(shape: MapShape): void {
    this.#pending = null;
    this.#map.removeFeatureState({ source: 'areas' });
    this.#told = new Int16Array(shape.ids.length).fill(NEVER);
    this.#source('areas').setData(areasAsGeoJson(shape));
    this.#source('thin').setData(linesAsGeoJson(shape.borders(() => true)));
    this.#source('strong').setData(linesAsGeoJson(this.#strong));
    this.#setWidths();
    if (this.paint !== null) this.#tell(this.paint);
  }

  #setWidths(): void {
    if (this.shape === null || this.frame.width === 0) return;
    const from = lookAt(this.home, this.frame).zoom;
    for (const id of ['thin', 'strong'] as const) {
      const ends = [0, 1].map((closeness) => bordersAt(closeness, this.shape?.ids.length ?? 0)[id]);
      this.#map.setPaintProperty(id, 'line-width', ['interpolate', ['linear'], ['zoom'], from, ends[0] as number, from + ZOOM_STEPS, ends[1] as number]);
    }
  }

  #tell({ classes, fills, pale }: Paint): void {
    const isOther = fills.join() !== this.#fills;
    this.#fills = fills.join();
    classes.forEach((slot, area) => {
      const isPale = pale?.[area] === 1;
      const told = slot * 2 + (isPale ? 1 : 0) + 2;
      if (!isOther && this.#told[area] === told) return;
      this.#told[area] = told;
      const fill = slot === HATCHED ? 'hatch' : (fills[slot] ?? 'hatch');
      const opacity = isPale ? PALE : 1;
      const isColour = fill !== 'hatch' && fill !== DOTS;
      this.#map.setFeatureState(
        { source: 'areas', id: area + 1 },
        { colour: isColour ? fill : '#ffffff', 'colour-opacity': isColour ? opacity : 0, hatch: fill === 'hatch' ? opacity : 0, dots: fill === DOTS ? opacity : 0 },
      );
    });
  }
}
