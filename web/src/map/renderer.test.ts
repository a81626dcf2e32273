import { expect, test } from 'vitest';
import { isCard } from './renderer';

test('a graphics card is told from what imitates one', () => {
  for (const name of ['ANGLE (NVIDIA, NVIDIA GeForce RTX 3060 Direct3D11)', 'Apple M2', 'Mali-G78', 'Mesa Intel(R) UHD Graphics 620 (KBL GT2)']) {
    expect(isCard(name), name).toBe(true);
  }
  for (const name of ['', 'ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device (Subzero)))', 'llvmpipe (LLVM 15.0.7, 256 bits)', 'Microsoft Basic Render Driver', 'Software Rasterizer', 'softpipe']) {
    expect(isCard(name), name).toBe(false);
  }
});
