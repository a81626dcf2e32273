/** The state of the page. It flows one way: address → view → data → components; components call `go`. */
import { untrack } from 'svelte';
import {
  AnswerError,
  getAreas,
  getGeometry,
  getGroups,
  getLayer,
  getManifest,
  getOutcomes,
  search,
} from '../api/client';
import { getShownPage, type Shown } from '../api/figures';
import type { AreaPage, Cohort, Layer, Level, Outcome } from '../api/types';
import { type Say, speaker } from '../content/words';
import { betweenText, breakText } from '../format/breaks';
import { isPerArea, type National, type Scale, scaleOf } from '../map/reference';
import { decodeShape, type MapShape } from '../map/shape';
import type { Block } from '../picture/svg';
import { type Address, type Embed, formatAddress, parseAddress, type Room } from './address';
import { AreaNames } from './areas';
import { type Failure, failureOf } from './failure';
import { type Gap, gapBreaks, isDifferenceKey } from './gap';
import { adjacentGroups, formatGroup, type Group } from './group';
import { formatRange, type Range, select, type Selection } from './range';
import { clearAreas, type Ranked } from './ranked';
import { comparator, comparedKey, COUNTRY, ShownFigures } from './shown.svelte';
import { SureFigures } from './sure.svelte';
import { groupsIn, variantOf } from './wording';
import { addressOf, type Catalogue, changed, drawnLevels, EmptyReleaseError, MOST_PLACES, type Notice, resolveAddress, type View } from './resolve';

/** The areas that are drawn, and of which level and picture they are. */
export interface Drawing {
  level: string;
  picture: string;
  shape: MapShape;
}

/** Answers faster than this need no sign that we are waiting. */
const BUSY_AFTER_MS = 250;
const PREFETCH_AFTER_MS = 600;
/** Levels of at most this many areas are fetched by name, because other areas lie in them. */
const COARSE = 500;

export class Atlas {
  catalogue = $state.raw<Catalogue | null>(null);
  readonly #shown = new ShownFigures();
  drawing = $state.raw<Drawing | null>(null);
  names = $state.raw<AreaNames>(new AreaNames());
  page = $state.raw<AreaPage | null>(null);
  pageFailed = $state(false);
  /** The whole country's figures for the group of `page`; null when the release has none. */
  country = $state.raw<AreaPage | null>(null);
  notices = $state.raw<Notice[]>([]);
  startFailure = $state.raw<Failure | null>(null);
  #drawingFailure = $state.raw<Failure | null>(null);
  readonly failure: Failure | null = $derived(
    this.#shown.failure === null ? this.#drawingFailure : failureOf(this.#shown.failure, 'failure.layer'),
  );
  readonly #sure = new SureFigures();
  isBusy = $state(false);
  /** A range that is being dragged, not yet in the address: browsers refuse hundreds of addresses in a row. */
  dragged = $state.raw<Range | null>(null);
  /** What draws the page of a room in a picture to save, where that is not what charts draw by themselves. */
  drawn = $state.raw<((top: number) => Block) | null>(null);
  /** The area that the map should fly to, until it has. */
  target = $state.raw<string | null>(null);
  /** Grows when the person asks to try again: whatever fetches begins anew. */
  attempt = $state(0);
  #address = $state.raw<Address>(parseAddress(location.pathname, location.search));

  readonly view: View | null = $derived.by(() =>
    this.catalogue === null ? null : resolveAddress(this.#address, this.catalogue).view,
  );
  readonly language = $derived(this.#address.language);
  /** Known before the release is: the frame of the site must not flash by inside another page. */
  readonly embed = $derived(this.#address.embed);
  /** The cohort that the chosen outcome is of. */
  readonly cohort: Cohort | undefined = $derived(this.catalogue?.manifest.cohorts.find(({ id }) => id === this.view?.outcome.cohort));
  readonly #variant = $derived(variantOf(this.cohort));
  readonly say: Say = $derived(speaker(this.language, this.#variant));
  /** What the release has, in the words of the cohort. */
  readonly worded: Catalogue | null = $derived(this.catalogue === null ? null : { ...this.catalogue, groups: groupsIn(this.catalogue.groups, this.cohort) });
  readonly #outcomeId = $derived(this.view?.outcome.id ?? null);
  readonly #levelId = $derived(this.view?.level.id ?? null);
  readonly #picture = $derived(this.view?.picture ?? null);
  readonly #areaId = $derived(this.view?.area ?? null);
  readonly #shownKey = $derived(this.view?.shown ?? null);
  readonly #reference = $derived(this.view?.reference ?? 'everyone');
  readonly #rangeText = $derived(this.view?.range == null ? null : formatRange(this.view.range));

  /** The figures that were fetched last: of what is chosen, or of the choice before it. */
  get layer(): Layer | null {
    return this.#shown.layer;
  }

  /** What is to be shown, made anew only when it is something else. */
  readonly #wanted: Shown | null = $derived.by(() => {
    if (this.#outcomeId === null || this.#shownKey === null) return null;
    return untrack(() => this.view);
  });

  /** Whether areas are known to differ from something when all are looked at together: figures, and changes over cohorts. */
  get canTellClear(): boolean {
    return this.view !== null && this.view.gap === null && this.view.minus === null;
  }

  /** The layer on the screen belongs to what was chosen. */
  readonly isCurrent = $derived(
    this.layer !== null &&
      this.layer.outcome === this.#outcomeId &&
      this.layer.level === this.#levelId &&
      this.layer.group === this.#shownKey,
  );
  /** What the colours of the chosen outcome mean now. */
  readonly scale: Scale = $derived.by(() => {
    const { view } = this;
    return view === null ? scaleOf(null, 'everyone', { est: null, ofArea: null }) : this.#scaleFor(view.outcome, view.shown);
  });
  /** The outcome of the layer that is there. */
  readonly layerOutcome: Outcome | null = $derived(
    this.catalogue?.outcomes.outcomes.find(({ id }) => id === this.layer?.outcome) ?? null,
  );
  /** Whether the layer that is there tells differences. */
  readonly isDifferenceLayer = $derived(this.layer !== null && isDifferenceKey(this.layer.group));
  /** What the colours of the layer that is there mean. */
  readonly layerScale: Scale = $derived.by(() => {
    const { layer, layerOutcome } = this;
    if (layer === null || layerOutcome === null) return scaleOf(null, 'everyone', { est: null, ofArea: null });
    return this.#scaleFor(layerOutcome, layer.group);
  });
  /** It is known in which regions all areas lie, and how many people live there. */
  readonly #hasNames = $derived(
    this.catalogue?.manifest.levels.every(
      ({ id, areas }) => (id !== this.#levelId && areas > COARSE) || this.names.has(id),
    ) === true,
  );
  /** What the colours are compared with is on its way: nothing is painted before it is there, so nothing is painted twice. */
  readonly isScalePending = $derived.by(() => {
    const { layer } = this;
    const reference = this.#reference;
    if (layer === null || this.clearState === 'pending') return true;
    if (reference === 'everyone') return this.isDifferenceLayer && this.nationalOf(layer.outcome, layer.group) === null;
    if (reference === 'group') return this.nationalOf(layer.outcome, layer.group) === null;
    if (isPerArea(reference) && !this.#hasNames) return true;
    return this.#shown.compared?.key !== comparedKey(layer.outcome, layer.group, reference);
  });
  /** Why the colours are not compared with what was asked for. */
  readonly comparedFailure: 'failed' | 'none' | null = $derived.by(() => {
    const { compared } = this.#shown;
    if (this.view === null || compared?.key !== comparedKey(this.view.outcome.id, this.view.shown, this.#reference)) return null;
    if (compared.isFailed) return 'failed';
    return compared.est === null && (compared.byArea === null || compared.byArea.size === 0) ? 'none' : null;
  });
  /** Which places each area can have in a ranking, and how sure its figure is; null while that is not known. */
  readonly ranks: ReadonlyMap<string, Ranked> | null = $derived(this.isCurrent ? this.#sure.of(this.layer) : null);
  /** They are on their way: until then nothing is said that they could contradict. */
  readonly isRanking = $derived(this.view?.since === null && this.isCurrent && this.ranks === null && !this.#sure.isFailed(this.layer));
  /** What is known of which areas clearly differ; of a gap and of a place that is taken off, nothing is. */
  readonly #clear = $derived(
    this.layer === null || !this.isCurrent || this.view === null || !this.canTellClear ? null : clearAreas(this.layer, this.ranks),
  );
  /** The areas that clearly differ when all are looked at together, where only those are to have a colour. */
  readonly clear: ReadonlySet<string> | null = $derived(this.view?.isClearOnly === true && this.#clear?.isKnown === true ? this.#clear.areas : null);
  /** How many areas clearly differ, also where others have a colour as well; null where that is not known. */
  readonly clearCount: number | null = $derived(this.#clear?.isKnown === true ? this.#clear.areas.size : null);
  /** Whether only areas that clearly differ have a colour, or why not. */
  readonly clearState: 'off' | 'pending' | 'failed' | 'unknown' | 'on' = $derived.by(() => {
    if (this.view?.isClearOnly !== true || !this.canTellClear) return 'off';
    if (this.#clear !== null) return this.#clear.isKnown ? 'on' : 'unknown';
    return this.#sure.isFailed(this.layer) || this.failure !== null ? 'failed' : 'pending';
  });
  /** Where the series of the outcome is broken, in words: between the cohorts of a change, or in or beside its own years. */
  readonly broken: string = $derived.by(() => {
    const { view } = this;
    if (view === null) return '';
    const between = view.since === null || !this.isCurrent ? '' : betweenText(this.layer?.between ?? [], view.language);
    return between === '' ? breakText(view.outcome, view.language) : between;
  });
  /** The range that is looked at: the one that is being dragged, or that of the address. */
  readonly range: Range | null = $derived(this.dragged ?? this.view?.range ?? null);
  /** The areas in the range, as far as their figures are there. */
  readonly selection: Selection | null = $derived.by(() => {
    const { range, layer } = this;
    if (range === null) return null;
    // Of what is shown now the figures are there already: a range that is being dragged waits for nothing.
    const isOwn = this.isCurrent && layer?.outcome === range.outcome && layer.group === range.group;
    const source = isOwn ? layer : this.#shown.ranged;
    if (source === null || source.outcome !== range.outcome || source.level !== this.#levelId) return null;
    return select(source, range);
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
      if (this.attempt >= 0 && this.catalogue === null) void this.#start();
    });
    $effect(() => {
      const [shown, level] = [this.#wanted, this.#levelId];
      return this.attempt >= 0 && shown !== null && level !== null ? this.#loadLayer(shown, level) : undefined;
    });
    $effect(() => {
      const shown = this.#wanted;
      return this.attempt >= 0 && shown !== null ? this.#shown.loadNational(shown, this.#hasCountry) : undefined;
    });
    $effect(() => {
      const [shown, reference] = [this.#wanted, this.#reference];
      return this.attempt >= 0 && shown !== null ? this.#shown.loadCompared(shown, reference) : undefined;
    });
    $effect(() => {
      const [text, level] = [this.#rangeText, this.#levelId];
      const range = text === null ? null : untrack(() => this.view?.range ?? null);
      return this.attempt >= 0 && level !== null ? this.#shown.loadRange(range, level) : undefined;
    });
    $effect(() => {
      const [level, picture] = [this.#levelId, this.#picture];
      if (this.attempt >= 0 && level !== null && picture !== null) return this.#loadDrawing(level, picture);
      return undefined;
    });
    $effect(() => {
      const [area, key] = [this.#areaId, this.#shownKey];
      const view = untrack(() => this.view);
      return this.attempt >= 0 && key !== null && view !== null ? this.#loadPage(area, view) : undefined;
    });
    $effect(() => {
      const { layer, view } = this;
      const shown = this.#wanted;
      const isWanted = view !== null && (view.area !== null || view.show !== 'map' || view.isClearOnly);
      return this.attempt >= 0 && this.isCurrent && layer !== null && shown !== null && isWanted ? this.#sure.load(shown, layer) : undefined;
    });
    $effect(() => {
      document.documentElement.lang = this.language;
    });
  }

  /** Goes to another view; what is not named stays. With `replace` the back button skips the view that is left. */
  go(change: Partial<Address>, replace = false, keepNotices = change.language !== undefined): void {
    const { view, catalogue } = this;
    if (view === null || catalogue === null) return;
    const next = changed(view, catalogue, change);
    const href = formatAddress(next);
    if (href === location.pathname + location.search) return;
    if (replace) history.replaceState(null, '', href);
    else history.pushState(null, '', href);
    this.#address = next;
    // Another outcome may lack the group that was chosen for the one before it.
    const untold = resolveAddress(next, catalogue).notices.filter(({ kind }) => kind === 'untold');
    if (!keepNotices || untold.length > 0) this.notices = untold;
  }

  /** The national figure of an outcome and group; null as long as it is not settled. */
  nationalOf(outcome: string, group: string): National | null {
    const known = this.#shown.national;
    return known?.outcome === outcome && known.group === group ? known : null;
  }

  /** The breaks of an outcome, or of a gap in it, laid around what the colours are compared with. */
  #scaleFor(outcome: Outcome, shown: string): Scale {
    const reference = this.#reference;
    const national = this.nationalOf(outcome.id, shown)?.est ?? null;
    // Around no difference the classes must reach as far as the national gap; around that gap they can be fine.
    const breaks = isDifferenceKey(shown) ? gapBreaks(outcome, reference === 'everyone' ? national : null) : outcome.breaks;
    const { compared } = this.#shown;
    if (reference === 'everyone' || reference === 'group') return scaleOf(breaks, reference, { est: national, ofArea: null });
    if (compared?.key !== comparedKey(outcome.id, shown, reference)) return scaleOf(breaks, 'everyone', { est: null, ofArea: null });
    const ofArea =
      !isPerArea(reference) || compared.byArea === null ? null : comparator(reference, compared.byArea, this.names);
    return scaleOf(breaks, reference, { est: compared.est, ofArea });
  }

  goToGroup(change: Partial<Group>): void {
    if (this.view !== null) this.go({ group: formatGroup({ ...this.view.group, ...change }) });
  }

  /**
   * To a gap, or back to the figure itself. A gap is first compared with the same gap in the country, which tells more than
   * that it is there at all.
   */
  goToGap(gap: Gap | null): void {
    const { view } = this;
    if (view === null) return;
    const isFirst = view.gap === null && gap !== null;
    const isLast = view.gap !== null && gap === null;
    this.go({ gap, since: null, range: isFirst ? null : view.range, reference: isFirst ? 'group' : isLast ? 'everyone' : view.reference });
  }

  /** To the differences of all areas from one place, or back to the figures themselves; a range is of figures. */
  goToMinus(minus: string | null): void {
    this.go({ room: 'map', show: 'map', minus, since: null, range: null, reference: 'everyone' });
  }

  /** To the change of an outcome since an earlier cohort, or back to the figure itself. */
  goToSince(outcome: string, since: string | null): void {
    this.go({ room: 'map', outcome, since, gap: null, minus: null, range: null, reference: 'everyone' });
  }

  /** Another level; the chosen area gives way to the area of that level in which it lies, where there is one. */
  goToLevel(level: string): void {
    const { page } = this;
    const around = page !== null && page.area === this.#areaId ? page.parents : [];
    const area = page?.level === level ? page.area : (around.find((parent) => parent.level === level)?.area ?? null);
    this.go({ level, area, isLevelFixed: true });
  }

  /** The level that suits the zoom; the chosen area stays, also when it is of another level. */
  followTo(level: string): void {
    if (this.view?.level.id !== level) this.go({ level }, true, true);
  }

  /** Looks only at areas in a range of what is shown now; null looks at all of them. */
  goToRange(ends: Pick<Range, 'low' | 'high'> | null, isDragging = false): void {
    const { view } = this;
    if (view === null) return;
    const range = ends === null ? null : { ...ends, outcome: view.outcome.id, group: view.groupId };
    this.dragged = isDragging ? range : null;
    if (!isDragging) this.go({ range }, true, true);
  }

  /** To an area that was found by name, wherever it is. */
  goToArea(area: string, level: string): void {
    const isDrawn = this.levels.some(({ id }) => id === level);
    this.go(isDrawn ? { area, level } : { area });
    this.target = area;
  }

  /** The address of this view in another room, perhaps with another outcome. */
  hrefOf(room: Room, outcome?: string): string {
    const { view, catalogue } = this;
    return view === null || catalogue === null ? '' : formatAddress(changed(view, catalogue, { room, ...(outcome === undefined ? {} : { outcome }) }));
  }

  /** The address of this view inside another page; there, areas stay as they are when someone zooms. */
  embedHref(embed: Embed): string {
    const { view, catalogue } = this;
    return view === null || catalogue === null ? '' : formatAddress(changed(view, catalogue, { embed, isLevelFixed: true }));
  }

  /** The address of this view on its own page. */
  get siteHref(): string {
    const { view, catalogue } = this;
    return view === null || catalogue === null ? '' : formatAddress(changed(view, catalogue, { embed: 'no' }));
  }

  /** Adds a place to those that are compared; the last one gives way when there are four already. */
  compare(area: string): void {
    const { view } = this;
    if (view === null) return;
    const others = view.places.filter((place) => place !== area).slice(0, MOST_PLACES - 1);
    this.go({ room: 'compare', places: [...others, area], show: 'map' });
  }

  retry(): void {
    this.#shown.failure = null;
    this.#drawingFailure = null;
    this.startFailure = null;
    this.attempt += 1;
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

  #loadLayer(shown: Shown, level: string): () => void {
    const busy = setTimeout(() => (this.isBusy = true), BUSY_AFTER_MS);
    const leave = this.#shown.loadLayer(shown, level, () => {
      clearTimeout(busy);
      this.isBusy = false;
      if (this.failure === null) this.#prefetchSoon(shown.outcome.id, level);
    });
    return () => {
      leave();
      clearTimeout(busy);
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

  #loadPage(area: string | null, shown: Shown): () => void {
    let isStale = false;
    this.pageFailed = false;
    if (area === null) {
      this.page = null;
      return () => undefined;
    }
    // Without the country's figures the card still says what it knows about the area.
    const outcomes = this.catalogue?.outcomes.outcomes ?? [];
    const country = this.#hasCountry ? getShownPage(shown, COUNTRY, outcomes).catch(() => null) : Promise.resolve(null);
    Promise.all([getShownPage(shown, area, outcomes), country]).then(
      ([page, whole]) => {
        if (isStale) return;
        this.page = page;
        this.country = whole;
      },
      (error: unknown) => {
        if (isStale) return;
        this.page = null;
        if (error instanceof AnswerError && error.isUnknown) {
          void this.#succeed(area, () => isStale);
        } else {
          this.pageFailed = true;
        }
      },
    );
    return () => {
      isStale = true;
    };
  }

  /** From an area that does not exist (any more) to the one that it became part of, or to none; a notice says which. */
  async #succeed(area: string, isStale: () => boolean): Promise<void> {
    const found = await search(area, 1).then(({ results }) => results[0] ?? null, () => null);
    if (isStale()) return;
    const note = found?.note ?? null;
    this.go({ area: note === null ? null : (found?.area ?? null) }, true, true);
    const notice: Notice = note === null ? { kind: 'area', value: area } : { kind: 'merged', value: note[this.language] };
    this.notices = [...this.notices, notice];
  }

  /** Fetches the layers that are one choice away, once the page has nothing better to do. */
  #prefetchSoon(outcome: string, level: string): void {
    setTimeout(() => {
      const { view, catalogue } = this;
      if (view === null || catalogue === null || view.outcome.id !== outcome || view.level.id !== level || view.isDifference) return;
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
