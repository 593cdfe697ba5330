import { Sequence, type Heard, type LiveEvent } from './sequence';

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
const HELLO_EVERY_MS = 5 * 60_000;

export interface Listener {
  heard: (heard: Heard) => void;
  /** Whether events come in; told at each change. */
  connected: (isConnected: boolean) => void;
}

/**
 * One socket that opens itself again. API Gateway ends a silent one after ten minutes and any after two hours,
 * so a hello is said now and then, and a socket that comes back asks what was missed.
 */
export class LiveSocket {
  private socket: WebSocket | null = null;
  private timer: number | undefined;
  private wait = FIRST_WAIT_MS;
  private ended = false;
  private readonly sequence = new Sequence();

  constructor(
    private readonly address: string,
    private readonly token: () => Promise<string | undefined>,
    private readonly listener: Listener,
  ) {}

  async open(): Promise<void> {
    const token = await this.token().catch(() => undefined);
    if (this.isEnded()) return;
    if (!token) {
      this.openLater();
      return;
    }
    const socket = new WebSocket(`${this.address}?token=${encodeURIComponent(token)}`);
    this.socket = socket;
    socket.onopen = () => this.opened(socket);
    socket.onmessage = ({ data }) => this.told(data as string);
    socket.onclose = () => this.lost(socket);
  }

  close(): void {
    this.ended = true;
    window.clearTimeout(this.timer);
    this.socket?.close();
  }

  private isEnded(): boolean {
    return this.ended;
  }

  private opened(socket: WebSocket): void {
    this.wait = FIRST_WAIT_MS;
    this.listener.connected(true);
    const hello = () => {
      socket.send('{"action":"hello"}');
      this.timer = window.setTimeout(hello, HELLO_EVERY_MS);
    };
    hello();
  }

  private told(message: string): void {
    const { events } = JSON.parse(message) as { events?: LiveEvent[] };
    if (events) this.listener.heard(this.sequence.hear(events));
  }

  private lost(socket: WebSocket): void {
    if (this.ended || socket !== this.socket) return;
    window.clearTimeout(this.timer);
    this.listener.connected(false);
    this.openLater();
  }

  private openLater(): void {
    this.timer = window.setTimeout(() => void this.open(), this.wait * (0.5 + Math.random()));
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT_MS);
  }
}
