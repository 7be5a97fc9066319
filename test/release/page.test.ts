// `npm run test:release`: the page of a host with 5,000 findings in Chromium, asked over its DevTools protocol (chromedevtools.github.io/devtools-protocol).
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkHtml } from '../../src/report/formats/html.ts';
import { crowdedReport } from '../support/many-findings.ts';
import { needs, tool } from '../support/requirements.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

interface Event {
  readonly method: string;
  readonly params: { readonly request?: { readonly url: string } };
}

interface Answer {
  readonly id: number;
  readonly result: unknown;
  readonly error?: { readonly message: string };
}

class Tab {
  readonly events: Event[] = [];
  readonly #answers = new Map<number, (answer: Answer) => void>();
  readonly #socket: WebSocket;
  #asked = 0;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.onmessage = ({ data }) => {
      const said = JSON.parse(data as string) as Event | Answer;
      if ('id' in said) this.#answers.get(said.id)!(said);
      else this.events.push(said);
    };
  }

  async ask<T>(method: string, params: object = {}): Promise<T> {
    const id = (this.#asked += 1);
    const answer = new Promise<Answer>((resolve) => { this.#answers.set(id, resolve); });
    this.#socket.send(JSON.stringify({ id, method, params }));
    const { error, result } = await answer;
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result as T;
  }

  async value(expression: string): Promise<unknown> {
    const { result } = await this.ask<{ readonly result: { readonly value: unknown } }>('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
    return result.value;
  }

  async press(key: string, code: number, text?: string): Promise<void> {
    await this.ask('Input.dispatchKeyEvent', { type: 'keyDown', key, windowsVirtualKeyCode: code, ...(text === undefined ? {} : { text }) });
    await this.ask('Input.dispatchKeyEvent', { type: 'keyUp', key, windowsVirtualKeyCode: code });
  }
}

/** Of the page's process; on a machine under load it stays what it is. */
async function processorSeconds(tab: Tab): Promise<number> {
  const { metrics } = await tab.ask<{ readonly metrics: readonly { readonly name: string; readonly value: number }[] }>('Performance.getMetrics');
  return metrics.find(({ name }) => name === 'ProcessTime')!.value;
}

/** When two frames were drawn: what was loaded is to be seen. */
const DRAWN = 'new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve(true))))';

describe.skipIf(!needs('the page in a browser', 'chromium'))('the page in Chromium', () => {
  const directory = temporaryDirectory();
  const file = join(directory, 'report.html');
  let browser: ChildProcess;
  let port = '';

  async function open(url: string): Promise<Tab> {
    const { webSocketDebuggerUrl } = await (await fetch(`http://127.0.0.1:${port}/json/new?${url}`, { method: 'PUT' })).json() as { webSocketDebuggerUrl: string };
    const socket = new WebSocket(webSocketDebuggerUrl);
    await once(socket, 'open');
    const tab = new Tab(socket);
    for (const domain of ['Page', 'Log', 'Runtime', 'Network', 'Performance']) await tab.ask(`${domain}.enable`);
    return tab;
  }

  async function shown(): Promise<Tab> {
    const tab = await open('about:blank');
    await tab.ask('Page.navigate', { url: `file://${file}` });
    await expect.poll(() => tab.events.some(({ method }) => method === 'Page.loadEventFired')).toBe(true);
    await tab.value(DRAWN);
    return tab;
  }

  beforeAll(async () => {
    writeFileSync(file, checkHtml(crowdedReport(5000)));
    // Without its sandbox, because root is refused one.
    const args = ['--headless=new', '--no-sandbox', '--disable-gpu', '--no-first-run', '--remote-debugging-port=0', `--user-data-dir=${join(directory, 'profile')}`, 'about:blank'];
    browser = spawn(tool('chromium'), args, { detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    browser.stderr!.on('data', (text) => { said += String(text); });
    while (port === '' && browser.exitCode === null) {
      await Promise.race([once(browser.stderr!, 'data'), once(browser, 'exit')]);
      port = /^DevTools listening on ws:\/\/127\.0\.0\.1:(\d+)\//m.exec(said)?.[1] ?? '';
    }
    expect(port, said).not.toBe('');
  });
  afterAll(async () => {
    process.kill(-browser.pid!, 'SIGKILL');
    if (browser.exitCode === null && browser.signalCode === null) await once(browser, 'exit');
  });

  it('opens in two seconds of a processor, loads nothing, and nothing is complained about', async () => {
    const tab = await shown();
    expect(await tab.value('document.querySelectorAll(".subject").length')).toBe(5000);
    expect(await processorSeconds(tab)).toBeLessThan(2);
    expect(tab.events.filter(({ method }) => method === 'Network.requestWillBeSent').map(({ params }) => params.request!.url)).toEqual([`file://${file}`]);
    expect(tab.events.filter(({ method }) => ['Log.entryAdded', 'Runtime.consoleAPICalled', 'Runtime.exceptionThrown'].includes(method))).toEqual([]);
  });

  it('is read with the keyboard', async () => {
    const tab = await shown();
    const began = await processorSeconds(tab);
    const focused = 'document.activeElement.matches("summary")';
    for (let presses = 0; presses < 20 && await tab.value(focused) !== true; presses += 1) await tab.press('Tab', 9);
    expect(await tab.value(focused)).toBe(true);
    const evidence = 'document.activeElement.parentElement.querySelector("dl").checkVisibility()';
    expect(await tab.value(evidence)).toBe(false);
    await tab.press('Enter', 13, '\r');
    expect(await tab.value(evidence)).toBe(true);
    expect(await processorSeconds(tab) - began).toBeLessThan(2);
  });

  it('fits a telephone, and is light or dark as its reader has it', async () => {
    const tab = await shown();
    await tab.ask('Emulation.setDeviceMetricsOverride', { width: 360, height: 640, deviceScaleFactor: 3, mobile: true });
    await tab.value(DRAWN);
    expect(await tab.value('document.documentElement.scrollWidth')).toBe(360);
    const brightness: number[] = [];
    for (const value of ['light', 'dark']) {
      await tab.ask('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value }] });
      const colour = await tab.value('getComputedStyle(document.documentElement).backgroundColor + getComputedStyle(document.body).backgroundColor') as string;
      brightness.push(Number(/rgb\((\d+)/.exec(colour)![1]));
    }
    expect(brightness[0]).toBeGreaterThan(200);
    expect(brightness[1]).toBeLessThan(60);
  });
});
