/** What keeps a page's main thread busy, by processor time: other programs lengthen a task, but not that. */
import type { Page } from '@playwright/test';

/** As the Long Tasks API has it; shorter ones nobody feels. */
const LONG_MS = 50;
const MARK = 'the page under test';

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds of the thread's processor time. */
  readonly tdur?: number;
}

/** Milliseconds of each long task while the work is done. */
export async function longTasksMs(page: Page, work: () => Promise<unknown>): Promise<number[]> {
  const session = await page.context().newCDPSession(page);
  const events: TraceEvent[] = [];
  session.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as TraceEvent[])));
  const includedCategories = ['toplevel', 'blink.user_timing'];
  await session.send('Tracing.start', { traceConfig: { includedCategories }, transferMode: 'ReportEvents' });
  await page.evaluate((mark) => performance.mark(mark), MARK);
  await work();
  const complete = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve));
  await session.send('Tracing.end');
  await complete;
  await session.detach();
  const own = events.find(({ name }) => name === MARK);
  if (!own) throw new Error('The trace does not show the page.');
  const tasks = events.filter(({ name, pid, tid }) => name.endsWith('RunTask') && pid === own.pid && tid === own.tid);
  if (tasks.length === 0) throw new Error('The trace shows no task of the page.');
  return tasks.map(({ tdur = 0 }) => tdur / 1000).filter((ms) => ms > LONG_MS);
}
