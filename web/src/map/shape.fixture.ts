/** Nine square areas in three rows, as TopoJSON without quantisation: A1 is the north-west one, C3 the south-east. */
import type { Topology } from 'topojson-specification';

export function squares(projection: 'planar' | 'lonlat' = 'planar'): Topology {
  const arcs: [number, number][][] = [];
  const geometries = [];
  for (const [row, letter] of ['A', 'B', 'C'].entries()) {
    for (let column = 0; column < 3; column += 1) {
      const x = column;
      const y = -row;
      arcs.push([
        [x, y],
        [x + 1, y],
        [x + 1, y - 1],
        [x, y - 1],
        [x, y],
      ]);
      geometries.push({ type: 'Polygon' as const, id: `${letter}${column + 1}`, arcs: [[arcs.length - 1]] });
    }
  }
  const topology: Topology & { kansen: { projection: string } } = {
    type: 'Topology',
    arcs,
    objects: { square: { type: 'GeometryCollection', geometries } },
    kansen: { projection },
  };
  return topology;
}
