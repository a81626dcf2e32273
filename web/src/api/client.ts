import type { Topology } from 'topojson-specification';
import { decodeLayer, type LayerBody } from './layer';
import { Lru } from './lru';
import type { AreaGaps, Attrition, AreaList, AreaPage, Changes, ComposedArea, EffectList, GroupList, KeyFigures, Layer, Manifest, Neighbours, OutcomeList, Problem, Ranks, Reliable, SearchHit } from './types';

const ROOT = '/api/v1';
const PATIENCE_MS = 20_000;
const LAYERS_KEPT = 160;
const PAGES_KEPT = 80;

/** Why an answer did not come: `status` is null when the server could not be reached at all. */
export class AnswerError extends Error {
  readonly status: number | null;

  constructor(message: string, status: number | null) {
    super(message);
    this.name = 'AnswerError';
    this.status = status;
  }

  /** The server understood the question and says that this does not exist. */
  get isUnknown(): boolean {
    return this.status === 404 || this.status === 422;
  }
}

async function getJson(path: string): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(ROOT + path, { signal: AbortSignal.timeout(PATIENCE_MS) });
  } catch (error) {
    throw new AnswerError(error instanceof Error ? error.message : String(error), null);
  }
  if (!response.ok) {
    const problem = (await response.json().catch(() => null)) as Problem | null;
    throw new AnswerError(problem?.detail ?? response.statusText, response.status);
  }
  try {
    return await response.json();
  } catch {
    // The connection broke halfway, or something else than our server answered.
    throw new AnswerError('unreadable answer', null);
  }
}

const remembered = new Lru<Promise<unknown>>(LAYERS_KEPT);
const pages = new Lru<Promise<unknown>>(PAGES_KEPT);

/** One request per address: later callers share the first one's answer; a failure is not remembered. */
function once<Answer>(
  path: string,
  cache: Lru<Promise<unknown>> = remembered,
  read: (body: never) => Answer = (body) => body,
): Promise<Answer> {
  const known = cache.get(path) as Promise<Answer> | undefined;
  if (known !== undefined) return known;
  const asked = getJson(path).then((body) => read(body as never));
  cache.set(path, asked);
  asked.catch(() => cache.delete(path));
  return asked;
}

/** A path segment; `;` and `=` of a group id are legal there and stay readable. */
function segment(text: string): string {
  return encodeURIComponent(text).replaceAll('%3B', ';').replaceAll('%3D', '=');
}

/** The address of what is told of a layer; with `query`, of the layer beside something else. */
const pathOf = (about: string, outcome: string, level: string, group: string, query: Record<string, string | null> = {}): string => {
  const asked = Object.entries(query).flatMap(([name, value]) => (value === null ? [] : [`${name}=${encodeURIComponent(value)}`]));
  return `/${about}/${segment(outcome)}/${segment(level)}/${segment(group)}${asked.length === 0 ? '' : `?${asked.join('&')}`}`;
};

/** Without the list of files: hundreds of hashes that the page does not show. */
export const getManifest = (): Promise<Manifest> => once('/manifest?inputs=false');
export const getAttrition = (cohort: string): Promise<Attrition> => once(`/attrition/${segment(cohort)}`, pages);
export const getOutcomes = (): Promise<OutcomeList> => once('/outcomes');
export const getGroups = (): Promise<GroupList> => once('/groups');
export const getAreas = (level: string): Promise<AreaList> => once(`/areas?level=${encodeURIComponent(level)}`);
export const getKeyFigures = (level: string): Promise<KeyFigures> => once(`/characteristics?level=${encodeURIComponent(level)}`, pages);
export const getGeometry = (level: string, view: string): Promise<Topology> =>
  once(`/geometry/${segment(level)}/${segment(view)}`);
export const getLayer = (outcome: string, level: string, group: string): Promise<Layer> =>
  once(pathOf('layers', outcome, level, group), remembered, (body: LayerBody) => decodeLayer(body));
/** The places of the areas of a layer; with `less`, of the differences from that group. */
export const getRanks = (outcome: string, level: string, group: string, less: string | null): Promise<Ranks> =>
  once(pathOf('ranks', outcome, level, group, { less }), pages);
/** Effects, apart from the figures of the map. */
export const getEffects = (): Promise<EffectList> => once('/effects', pages);
export const getReliability = (outcome: string, level: string, group: string, less: string | null): Promise<Reliable> =>
  once(pathOf('reliability', outcome, level, group, { less }), pages);
export const getNeighbours = (outcome: string, level: string, group: string, less: string | null): Promise<Neighbours> =>
  once(pathOf('neighbours', outcome, level, group, { less }), pages);
/** The change since the same measure of an earlier cohort. */
export const getChanges = (outcome: string, level: string, group: string, earlier: string): Promise<Changes> =>
  once(pathOf('changes', outcome, level, group, { earlier }), pages);
export const getAreaPage = (area: string, group: string): Promise<AreaPage> =>
  once(`/areas/${segment(area)}${group === '' ? '' : `?group=${encodeURIComponent(group)}`}`, pages);
/** What gaps between groups in an outcome go with, in one area. */
export const getAreaGaps = (outcome: string, area: string): Promise<AreaGaps> =>
  once(`/decompositions/${segment(outcome)}/${segment(area)}`, pages);
/** How much of an area's difference from the country goes with who grew up there. */
export const getComposition = (outcome: string, area: string, group: string): Promise<ComposedArea> =>
  once(`/composition/${segment(outcome)}/${segment(area)}?group=${encodeURIComponent(group)}`, pages);
export const search = (text: string, limit: number): Promise<{ results: SearchHit[] }> =>
  once(`/search?q=${encodeURIComponent(text)}&limit=${limit}`, pages);
