/** The state of the page. It flows one way: address → view → data → components; components call `go`. */
import {
  AnswerError,
  getAreaPage,
  getAreas,
  getGeometry,
  getGroups,
  getLayer,
  getManifest,
  getOutcomes,
} from '../api/client';
import type { AreaPage, Layer, Level } from '../api/types';
import { type Say, speaker } from '../content/words';
import { type National, type Scale, scaleOf } from '../map/reference';
import { decodeShape, type MapShape, ShapeError } from '../map/shape';
import { type Address, formatAddress, parseAddress } from './address';
import { AreaNames } from './areas';
import { adjacentGroups, formatGroup, type Group } from './group';
import { addressOf, type Catalogue, drawnLevels, EmptyReleaseError, type Notice, resolveAddress, type View } from './resolve';

/** What went wrong, as the key of a text, with what the server said about it. */
export interface Failure {
  text: 'failure.layer' | 'failure.geometry' | 'failure.unknown' | 'failure.start' | 'failure.empty';
  detail: string;
}

/** The areas that are drawn, and of which level and picture they are. */
export interface Drawing {
  level: string;
  picture: string;
  shape: MapShape;
}

/** The area id of the whole country. */
const COUNTRY = 'NL';
/** Answers faster than this need no sign that we are waiting. */
const BUSY_AFTER_MS = 250;
const PREFETCH_AFTER_MS = 600;
/** Levels of at most this many areas are fetched by name, because other areas lie in them. */
const COARSE = 500;

function failureOf(error: unknown, unreachable: Failure['text']): Failure {
  if (error instanceof AnswerError && error.status !== null) return { text: 'failure.unknown', detail: error.message };
  if (error instanceof ShapeError) return { text: 'failure.unknown', detail: error.message };
  return { text: unreachable, detail: '' };
}

export class Atlas {
  catalogue = $state.raw<Catalogue | null>(null);
  layer = $state.raw<Layer | null>(null);
  drawing = $state.raw<Drawing | null>(null);
  names = $state.raw<AreaNames>(new AreaNames());
  page = $state.raw<AreaPage | null>(null);
  pageFailed = $state(false);
  /** The whole country's figures for the group of `page`; null when the release has none. */
  country = $state.raw<AreaPage | null>(null);
  /** The whole country's figure of the chosen outcome and group, once it is settled. */
  #national = $state.raw<National | null>(null);
  notices = $state.raw<Notice[]>([]);
  startFailure = $state.raw<Failure | null>(null);
  #layerFailure = $state.raw<Failure | null>(null);
  #drawingFailure = $state.raw<Failure | null>(null);
  readonly failure: Failure | null = $derived(this.#layerFailure ?? this.#drawingFailure);
  isBusy = $state(false);
  /** The area that the map should fly to, until it has. */
  target = $state.raw<string | null>(null);
  /** Grows when the person asks to try again. */
  #attempt = $state(0);
  #address = $state.raw<Address>(parseAddress(location.pathname, location.search));

  readonly view: View | null = $derived.by(() =>
    this.catalogue === null ? null : resolveAddress(this.#address, this.catalogue).view,
  );
  readonly language = $derived(this.#address.language);
  readonly say: Say = $derived(speaker(this.language));
  readonly #outcomeId = $derived(this.view?.outcome.id ?? null);
  readonly #levelId = $derived(this.view?.level.id ?? null);
  readonly #groupId = $derived(this.view?.groupId ?? null);
  readonly #picture = $derived(this.view?.picture ?? null);
  readonly #areaId = $derived(this.view?.area ?? null);
  /** The layer on the screen belongs to what was chosen. */
  readonly isCurrent = $derived(
    this.layer !== null &&
      this.layer.outcome === this.#outcomeId &&
      this.layer.level === this.#levelId &&
      this.layer.group === this.#groupId,
  );
  /** What the colours of the chosen outcome mean now. */
  readonly scale: Scale = $derived.by(() => {
    const { view } = this;
    const national = view === null ? null : this.nationalOf(view.outcome.id, view.groupId);
    return scaleOf(view?.outcome.breaks ?? null, view?.reference ?? 'everyone', national?.est ?? null);
  });
  readonly #hasCountry = $derived(
    this.catalogue?.manifest.levels.some(({ id }) => id === COUNTRY.toLowerCase()) === true,
  );
  /** Levels of this release that can be drawn. */
  readonly levels: Level[] = $derived(this.catalogue === null ? [] : drawnLevels(this.catalogue.manifest));

  /** Starts listening and loading; to be called while a component initialises. */
  run(): void {
    $effect(() => {
      const back = (): void => this.#arrive();
      window.addEventListener('popstate', back);
      return () => window.removeEventListener('popstate', back);
    });
    $effect(() => {
      if (this.#attempt >= 0 && this.catalogue === null) void this.#start();
    });
    $effect(() => {
      const [outcome, level, group] = [this.#outcomeId, this.#levelId, this.#groupId];
      if (this.#attempt >= 0 && outcome !== null && level !== null && group !== null) {
        return this.#loadLayer(outcome, level, group);
      }
      return undefined;
    });
    $effect(() => {
      const [outcome, group] = [this.#outcomeId, this.#groupId];
      if (this.#attempt >= 0 && outcome !== null && group !== null) return this.#loadNational(outcome, group);
      return undefined;
    });
    $effect(() => {
      const [level, picture] = [this.#levelId, this.#picture];
      if (this.#attempt >= 0 && level !== null && picture !== null) return this.#loadDrawing(level, picture);
      return undefined;
    });
    $effect(() => {
      const [area, group] = [this.#areaId, this.#groupId];
      if (this.#attempt >= 0 && group !== null) return this.#loadPage(area, group);
      return undefined;
    });
    $effect(() => {
      document.documentElement.lang = this.language;
    });
  }

  /** Goes to another view; what is not named stays. With `replace` the back button skips the view that is left. */
  go(change: Partial<Address>, replace = false, keepNotices = change.language !== undefined): void {
    const { view, catalogue } = this;
    if (view === null || catalogue === null) return;
    const next: Address = { ...addressOf(view, catalogue), ...change };
    if (next.level !== view.level.id && change.view === undefined) next.view = null;
    const href = formatAddress(next);
    if (href === location.pathname + location.search) return;
    if (replace) history.replaceState(null, '', href);
    else history.pushState(null, '', href);
    this.#address = next;
    if (!keepNotices) this.notices = [];
  }

  /** The national figure of an outcome and group; null as long as it is not settled. */
  nationalOf(outcome: string, group: string): National | null {
    const known = this.#national;
    return known?.outcome === outcome && known.group === group ? known : null;
  }

  goToGroup(change: Partial<Group>): void {
    if (this.view !== null) this.go({ group: formatGroup({ ...this.view.group, ...change }) });
  }

  /** Another level; the chosen area gives way to the area of that level in which it lies, where there is one. */
  goToLevel(level: string): void {
    const { page } = this;
    const around = page !== null && page.area === this.#areaId ? page.parents : [];
    const area = page?.level === level ? page.area : (around.find((parent) => parent.level === level)?.area ?? null);
    this.go({ level, area });
  }

  /** To an area that was found by name, wherever it is. */
  goToArea(area: string, level: string): void {
    const isDrawn = this.levels.some(({ id }) => id === level);
    this.go(isDrawn ? { area, level } : { area });
    this.target = area;
  }

  retry(): void {
    this.#layerFailure = null;
    this.#drawingFailure = null;
    this.startFailure = null;
    this.#attempt += 1;
  }

  dismiss(notice: Notice): void {
    this.notices = this.notices.filter((other) => other !== notice);
  }

  /** Reads the address bar and rewrites it to what is shown, so that what is copied from it is right. */
  #arrive(): void {
    const address = parseAddress(location.pathname, location.search);
    const { catalogue } = this;
    if (catalogue !== null) {
      const { view, notices } = resolveAddress(address, catalogue);
      this.notices = notices;
      const settled = addressOf(view, catalogue);
      history.replaceState(null, '', formatAddress(settled));
      this.#address = settled;
    } else {
      this.#address = address;
    }
  }

  async #start(): Promise<void> {
    try {
      const [manifest, outcomes, groups] = await Promise.all([getManifest(), getOutcomes(), getGroups()]);
      const catalogue: Catalogue = { manifest, outcomes, groups };
      resolveAddress(this.#address, catalogue);
      this.catalogue = catalogue;
      this.#arrive();
      // Among thousands of areas, the one in the link would be too small to see.
      if (this.view !== null && this.view.level.areas > COARSE) this.target = this.view.area;
    } catch (error) {
      this.startFailure =
        error instanceof EmptyReleaseError ? { text: 'failure.empty', detail: '' } : failureOf(error, 'failure.start');
    }
  }

  #loadLayer(outcome: string, level: string, group: string): () => void {
    let isStale = false;
    const busy = setTimeout(() => (this.isBusy = true), BUSY_AFTER_MS);
    const calm = (): void => {
      clearTimeout(busy);
      this.isBusy = false;
    };
    getLayer(outcome, level, group).then(
      (layer) => {
        if (isStale) return;
        calm();
        this.layer = layer;
        this.#layerFailure = null;
        this.#prefetchSoon(outcome, level);
      },
      (error: unknown) => {
        if (isStale) return;
        calm();
        this.#layerFailure = failureOf(error, 'failure.layer');
      },
    );
    return () => {
      isStale = true;
      clearTimeout(busy);
    };
  }

  #loadNational(outcome: string, group: string): () => void {
    let isStale = false;
    const settle = (est: number | null, isFailed: boolean): void => {
      if (!isStale) this.#national = { outcome, group, est, isFailed };
    };
    if (!this.#hasCountry) {
      settle(null, false);
    } else {
      getLayer(outcome, COUNTRY.toLowerCase(), group).then(
        (layer) => settle(layer.est[0] ?? null, false),
        () => settle(null, true),
      );
    }
    return () => {
      isStale = true;
    };
  }

  #loadDrawing(level: string, picture: string): () => void {
    let isStale = false;
    void (async () => {
      try {
        const topology = await getGeometry(level, picture);
        if (isStale) return;
        this.drawing = { level, picture, shape: decodeShape(topology, level) };
        this.#drawingFailure = null;
      } catch (error) {
        if (!isStale) this.#drawingFailure = failureOf(error, 'failure.geometry');
      }
    })();
    // Names may come later than the first colours: nothing waits for them.
    for (const named of this.catalogue?.manifest.levels ?? []) {
      if (named.id !== level && named.areas > COARSE) continue;
      getAreas(named.id).then(
        (list) => {
          if (!isStale) this.names = this.names.with(list);
        },
        (error: unknown) => {
          if (!isStale) this.#drawingFailure = failureOf(error, 'failure.geometry');
        },
      );
    }
    return () => {
      isStale = true;
    };
  }

  #loadPage(area: string | null, group: string): () => void {
    let isStale = false;
    this.pageFailed = false;
    if (area === null) {
      this.page = null;
      return () => undefined;
    }
    // Without the country's figures the card still says what it knows about the area.
    const country = this.#hasCountry ? getAreaPage(COUNTRY, group).catch(() => null) : Promise.resolve(null);
    Promise.all([getAreaPage(area, group), country]).then(
      ([page, whole]) => {
        if (isStale) return;
        this.page = page;
        this.country = whole;
      },
      (error: unknown) => {
        if (isStale) return;
        this.page = null;
        if (error instanceof AnswerError && error.isUnknown) {
          this.go({ area: null }, true, true);
          this.notices = [...this.notices, { kind: 'area', value: area }];
        } else {
          this.pageFailed = true;
        }
      },
    );
    return () => {
      isStale = true;
    };
  }

  /** Fetches the layers that are one choice away, once the page has nothing better to do. */
  #prefetchSoon(outcome: string, level: string): void {
    setTimeout(() => {
      const { view, catalogue } = this;
      if (view === null || catalogue === null || view.outcome.id !== outcome || view.level.id !== level) return;
      for (const group of adjacentGroups(view.group, catalogue.groups)) {
        // Only a guess: when it fails, the real request will say so.
        getLayer(outcome, level, formatGroup(group)).catch(() => undefined);
        if (view.reference === 'group' && this.#hasCountry) {
          getLayer(outcome, COUNTRY.toLowerCase(), formatGroup(group)).catch(() => undefined);
        }
      }
    }, PREFETCH_AFTER_MS);
  }
}
