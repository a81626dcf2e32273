/** From what is on the page to a file: the map from its figures, charts from how they are drawn. */
import { escapeText, framed, PICTURE_WIDTH } from './svg';

/** What makes a drawing look as it does, when it comes from style sheets. */
const LOOKS = ['fill', 'fill-opacity', 'stroke', 'stroke-width', 'stroke-dasharray', 'opacity', 'font-size', 'font-weight', 'text-anchor', 'dominant-baseline', 'paint-order', 'color'];
const GAP = 16;
const HEADING = 22;
const SCALE = 2;

/** A drawing with its styles written on it, so that it looks the same without the page. */
function standalone(drawing: SVGSVGElement): SVGSVGElement {
  const copy = drawing.cloneNode(true) as SVGSVGElement;
  const originals = [drawing, ...drawing.querySelectorAll<SVGElement>('*')];
  [copy, ...copy.querySelectorAll<SVGElement>('*')].forEach((element, i) => {
    const style = getComputedStyle(originals[i] as SVGElement);
    for (const look of LOOKS) {
      const value = style.getPropertyValue(look);
      if (value !== '') element.setAttribute(look, value);
    }
    element.removeAttribute('class');
    element.removeAttribute('style');
  });
  return copy;
}

/** The charts in an element one below the other, each under the heading of its section. */
export function chartsPicture(host: Element, frame: { title: string; notes: readonly string[]; source: readonly string[] }): string {
  const drawings = [...host.querySelectorAll<SVGSVGElement>('svg[role=img]')];
  return framed(frame, (top) => {
    let at = top;
    const parts: string[] = [];
    const keys = [...host.querySelectorAll('[data-key]')];
    let left = 28;
    for (const key of keys) {
      const words = key.textContent?.trim() ?? '';
      const mark = key.querySelector('svg');
      if (mark === null) continue;
      const copy = standalone(mark);
      for (const [name, value] of Object.entries({ x: left, y: at, width: 16, height: 16 })) copy.setAttribute(name, String(value));
      parts.push(new XMLSerializer().serializeToString(copy), `<text x="${left + 22}" y="${at + 13}" font-size="14" fill="#16242b">${escapeText(words)}</text>`);
      left += 50 + words.length * 8;
    }
    if (left > 28) at += HEADING + 8;
    for (const drawing of drawings) {
      const { width, height } = drawing.getBoundingClientRect();
      if (width === 0) continue;
      const heading = drawing.closest('section, li')?.querySelector('h2, h3')?.textContent ?? '';
      if (heading !== '') {
        parts.push(`<text x="28" y="${at + 16}" font-size="16" font-weight="650" fill="#16242b">${escapeText(heading)}</text>`);
        at += HEADING + 6;
      }
      const copy = standalone(drawing);
      const scale = Math.min(1.4, (PICTURE_WIDTH - 56) / width);
      // What stands out beyond a chart on the page does so here.
      copy.setAttribute('overflow', 'visible');
      copy.setAttribute('x', '28');
      copy.setAttribute('y', String(at));
      copy.setAttribute('width', String(width * scale));
      copy.setAttribute('height', String(height * scale));
      parts.push(new XMLSerializer().serializeToString(copy));
      at += height * scale + GAP;
    }
    return { text: parts.join(''), height: at - top };
  });
}

export const svgBlob = (text: string): Blob => new Blob([text], { type: 'image/svg+xml' });

/** The picture in dots, twice as fine as it is drawn. */
export async function pngBlob(text: string): Promise<Blob> {
  const image = new Image();
  // A data address: the content policy allows those for pictures, and nothing leaves the page.
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = image.naturalWidth * SCALE;
  canvas.height = image.naturalHeight * SCALE;
  const pen = canvas.getContext('2d');
  if (pen === null) throw new Error('this browser cannot draw');
  pen.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob === null ? reject(new Error('no picture')) : resolve(blob)), 'image/png');
  });
}
