// SPDX-License-Identifier: Apache-2.0
//
// Janus with its videoroom plugin, behind WHIP and WHEP, and with its streaming plugin, which takes plain RTP. To a
// viewer Janus sends the offer, so this front returns that offer as the answer: to the load's light peers the two are
// alike, ICE is lite on Janus's side. The front runs on the load's core and does nothing once viewers have joined but
// keep the session alive.
import { createServer } from 'node:http';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ADDRESS, Program, listens } from './peers.mjs';

const API_PORT = 8088;
const ROOM = 1;
const LIBRARY = '/usr/lib/x86_64-linux-gnu/janus';
const EVENT_MS = 20000;

const PLUGINS = 'audiobridge duktape echotest lua nosip recordplay sip streaming textroom videocall videoroom voicemail'.split(' ');
const libraries = (names) => names.map((name) => `libjanus_${name}.so`).join(',');

const CONFIG = (eventLoops, plugin) => `
general: {
  configs_folder = "."
  plugins_folder = "${LIBRARY}/plugins"
  transports_folder = "${LIBRARY}/transports"
  events_folder = "${LIBRARY}/events"
  loggers_folder = "${LIBRARY}/loggers"
  debug_level = 2
  debug_colors = false
  ${eventLoops > 0 ? `event_loops = ${eventLoops}` : ''}
}
certificates: { }
media: { ipv6 = false }
nat: { nice_debug = false  full_trickle = false  ice_lite = true  ice_tcp = false  ice_enforce_list = "${ADDRESS}" }
plugins: { disable = "${libraries(PLUGINS.filter((name) => name !== plugin))}" }
transports: { disable = "${libraries(['mqtt', 'nanomsg', 'pfunix', 'rabbitmq', 'websockets'])}" }
events: { broadcast = false }
`;
const HTTP_CONFIG = `
general: { json = "compact"  base_path = "/janus"  http = true  port = ${API_PORT}  ip = "127.0.0.1"  https = false }
admin: { admin_http = false }
`;
const ROOM_CONFIG = `
room-${ROOM}: {
  publishers = 4  bitrate = 6000000  fir_freq = 0  audiocodec = "opus"  videocodec = "h264"
  videoorient_ext = false  playoutdelay_ext = false  transport_wide_cc_ext = true  notify_joining = false
}
`;

/** Where the streaming plugin takes the voice; the picture comes two ports above. */
const PLAIN_PORT = 6000;
const STREAM_CONFIG = `
bench: {
  type = "rtp"  id = ${ROOM}
  media = (
    { type = "audio"  mid = "0"  port = ${PLAIN_PORT}  pt = 111  codec = "opus" },
    { type = "video"  mid = "1"  port = ${PLAIN_PORT + 2}  pt = 102  codec = "h264"
      fmtp = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f" }
  )
}
`;

/** Answers Janus's offer of a viewer with the transport of the viewer's own offer. */
function answer(offer, own) {
  const find = (name) => own.match(new RegExp(`^a=${name}:.*$`, 'm'))[0].trim();
  const transport = ['ice-ufrag', 'ice-pwd', 'fingerprint'].map(find);
  const [session, ...media] = offer.split(/(?=^m=)/m);
  const group = session.match(/^a=group:BUNDLE.*$/m)[0].trim();
  const lines = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 't=0 0', group];
  for (const section of media) {
    for (const line of section.trim().split(/\r?\n/)) {
      if (/^a=(candidate|end-of-candidates|ice-|fingerprint|setup|ssrc|msid|sendrecv|sendonly)/.test(line)) continue;
      lines.push(line);
    }
    lines.push(...transport, 'a=setup:active', 'a=recvonly');
  }
  return `${lines.join('\r\n')}\r\n`;
}

class Api {
  #url = `http://127.0.0.1:${API_PORT}/janus`;
  #waiting = new Map(); // transaction → resolve
  #session;
  #stopped = false;

  async #post(path, body) {
    const transaction = Math.random().toString(36).slice(2);
    const reply = await fetch(this.#url + path, { method: 'POST', body: JSON.stringify({ ...body, transaction }) });
    return { transaction, reply: await reply.json() };
  }

  async open() {
    this.#session = (await this.#post('', { janus: 'create' })).reply.data.id;
    this.#poll();
  }

  /** One long poll brings the events of all handles. */
  async #poll() {
    while (!this.#stopped) {
      try {
        const reply = await fetch(`${this.#url}/${this.#session}?maxev=50&rid=${Date.now()}`);
        for (const event of [await reply.json()].flat()) {
          if (event.janus === 'event' || event.janus === 'error') this.#waiting.get(event.transaction)?.(event);
        }
      } catch {
        if (this.#stopped) return;
      }
    }
  }

  close() {
    this.#stopped = true;
  }

  async attach(plugin) {
    const { reply } = await this.#post(`/${this.#session}`, { janus: 'attach', plugin: `janus.plugin.${plugin}` });
    return reply.data.id;
  }

  /** Sends a message to a handle and waits for the plugin's event. */
  async request(handle, body, jsep) {
    const transaction = Math.random().toString(36).slice(2);
    const event = new Promise((resolve, reject) => {
      this.#waiting.set(transaction, resolve);
      setTimeout(() => reject(new Error(`Janus says nothing to ${body.request}`)), EVENT_MS).unref();
    });
    await fetch(`${this.#url}/${this.#session}/${handle}`, {
      method: 'POST',
      body: JSON.stringify({ janus: 'message', body, transaction, ...(jsep ? { jsep } : {}) }),
    });
    const { plugindata, jsep: theirs, ...rest } = await event;
    this.#waiting.delete(transaction);
    if (!plugindata || plugindata.data.error) throw new Error(JSON.stringify(plugindata?.data ?? rest));
    return { data: plugindata.data, sdp: theirs?.sdp };
  }
}

export class Janus {
  name = 'janus';
  label = 'Janus videoroom, event_loops=1';
  maxViewers = 300; // a core is full
  plugin = 'videoroom';
  pluginConfig = ROOM_CONFIG;
  #publisher;

  constructor(build, eventLoops = 1) {
    this.eventLoops = eventLoops;
    if (eventLoops === 0) {
      this.name = 'janus-default';
      this.label = 'Janus videoroom as installed';
    }
  }

  async start(cpu) {
    this.folder = await mkdtemp(join(tmpdir(), 'bench-janus-'));
    await writeFile(join(this.folder, 'janus.jcfg'), CONFIG(this.eventLoops, this.plugin));
    await writeFile(join(this.folder, 'janus.transport.http.jcfg'), HTTP_CONFIG);
    await writeFile(join(this.folder, `janus.plugin.${this.plugin}.jcfg`), this.pluginConfig);
    this.program = new Program(['janus', '-F', this.folder], { cpu, cwd: this.folder });
    await this.program.until(() => listens('127.0.0.1', API_PORT), 'Janus did not start');
    this.api = new Api();
    await this.api.open();
    this.front = createServer((request, response) => this.#serve(request, response)).listen(8080, '127.0.0.1');
    await once(this.front, 'listening');
    return { pid: this.program.pid, url: 'http://127.0.0.1:8080', publish: '/whip', view: '/whep' };
  }

  async #serve(request, response) {
    try {
      let offer = '';
      for await (const part of request) offer += part;
      const sdp = request.url === '/whip' ? await this.#publish(offer) : await this.view(offer);
      response.writeHead(201, { 'content-type': 'application/sdp', location: '/session' }).end(sdp);
    } catch (error) {
      response.writeHead(500, { 'content-type': 'text/plain' }).end(error.message);
    }
  }

  async #publish(offer) {
    const handle = await this.api.attach(this.plugin);
    const { data } = await this.api.request(handle, { request: 'join', ptype: 'publisher', room: ROOM });
    this.#publisher = data.id;
    const { sdp } = await this.api.request(handle, { request: 'publish' }, { type: 'offer', sdp: offer });
    return sdp;
  }

  /** What a viewer asks for first. */
  request() {
    return { request: 'join', ptype: 'subscriber', room: ROOM, streams: [{ feed: this.#publisher }] };
  }

  async view(own) {
    const handle = await this.api.attach(this.plugin);
    const { sdp } = await this.api.request(handle, this.request());
    // What Janus says to `start` carries nothing that a viewer waits for.
    await this.api.request(handle, { request: 'start' }, { type: 'answer', sdp: answer(sdp, own) });
    return sdp;
  }

  async stop() {
    this.api?.close();
    this.front?.closeAllConnections();
    this.front?.close();
    await this.program?.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Fed by plain RTP: it has no SRTP to open and no publisher to report to, and a viewer waits for the next keyframe. */
export class JanusStreaming extends Janus {
  name = 'janus-streaming';
  label = 'Janus streaming, event_loops=1';
  gcmOnly = true; // what the slower cipher adds is the videoroom's row's to say
  plugin = 'streaming';
  pluginConfig = STREAM_CONFIG;

  async start(cpu) {
    return { ...(await super.start(cpu)), plain: `127.0.0.1:${PLAIN_PORT}` };
  }
  request() {
    return { request: 'watch', id: ROOM };
  }
}
