/** What both ends of a port take for granted when nobody says otherwise. */

/** Four times the queue of jobs: room for the small requests beside. */
export const MAX_OPEN_REQUESTS = 512;

/** How much of one body may be under way or unread: enough frames to keep a port busy, bounded memory for a slow reader. */
export const WINDOW_BYTES = 1_048_576;
