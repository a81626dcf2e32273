/** Names and parents of areas, as far as they have been fetched. Immutable: `with` gives a new one. */
import type { AreaList } from '../api/types';

export interface AreaInfo {
  id: string;
  name: string;
  parent: string | null;
  population: number | null;
  level: string;
}

/** The level whose borders are drawn stronger: one that people know. */
const STRONG: Record<string, string> = { wijk: 'municipality', pc4: 'municipality', municipality: 'province', corop: 'province' };

export const strongLevelOf = (level: string): string | null => STRONG[level] ?? null;

export class AreaNames {
  readonly #areas: ReadonlyMap<string, AreaInfo>;
  readonly #levels: ReadonlySet<string>;

  constructor(areas: ReadonlyMap<string, AreaInfo> = new Map(), levels: ReadonlySet<string> = new Set()) {
    this.#areas = areas;
    this.#levels = levels;
  }

  has(level: string): boolean {
    return this.#levels.has(level);
  }

  with(list: AreaList): AreaNames {
    if (this.#levels.has(list.level)) return this;
    const areas = new Map(this.#areas);
    list.area.forEach((id, i) => {
      areas.set(id, {
        id,
        name: list.name[i] ?? id,
        parent: list.parent[i] ?? null,
        population: list.population[i] ?? null,
        level: list.level,
      });
    });
    return new AreaNames(areas, new Set([...this.#levels, list.level]));
  }

  get(id: string): AreaInfo | null {
    return this.#areas.get(id) ?? null;
  }

  nameOf(id: string): string {
    return this.#areas.get(id)?.name ?? id;
  }

  /** The area of `level` in which an area lies, or null when that is not known. */
  ancestor(id: string, level: string): string | null {
    let at = this.#areas.get(id);
    // Hierarchies are a handful deep; the bound guards against a release whose parents run in a circle.
    for (let steps = 0; at !== undefined && steps < 8; steps += 1) {
      if (at.level === level) return at.id;
      if (at.parent === null) return null;
      at = this.#areas.get(at.parent);
    }
    return null;
  }

  /** The municipality of a wijk, the province of a municipality: where people would say that it lies; or nothing. */
  withinText(id: string): string {
    const area = this.#areas.get(id);
    if (area === undefined) return '';
    const strong = strongLevelOf(area.level);
    const around = (strong === null ? null : this.ancestor(id, strong)) ?? area.parent;
    return around === null ? '' : (this.#areas.get(around)?.name ?? '');
  }
}
