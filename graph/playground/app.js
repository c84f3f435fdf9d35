// The playground: an editor, the answer, and the schema. Plain JavaScript; it talks to nobody but its own server.
'use strict';

const $ = (id) => document.getElementById(id);
const endpoint = new URL(document.body.dataset.endpoint, location.href);

const examples = {
  'Newest customers': [`{
  customers(first: 10) {
    nodes {
      id
      displayName
      known
      lastSeenAt
    }
    pageInfo { hasNextPage endCursor }
  }
}`, ''],
  'One customer, all round': [`query Customer($id: ID!) {
  customer(by: { id: $id }) {
    id
    displayName
    otherIds
    traits
    identifiers { nodes { type value status } }
    touchpoints(first: 20) { nodes { at name source properties } }
    identityGraph { links { kind status count from { type value } to { type value } } }
  }
}`, '{ "id": "cus_…" }'],
  'Why one person?': [`query Path($from: IdentifierInput!, $to: IdentifierInput!) {
  identityPath(from: $from, to: $to) {
    nodes { type value }
    links { kind count sources evidence }
  }
}`, '{ "from": { "type": "user_id", "value": "…" }, "to": { "type": "email", "value": "…" } }'],
  'Touchpoints, live': [`subscription {
  touchpointRecorded {
    ... on TouchpointRecorded {
      cursor
      touchpoint { at name source customer { id displayName } }
    }
    ... on ResyncRequired { reason }
  }
}`, ''],
  'One customer, live': [`subscription Watch($id: ID!) {
  customerChanged(by: { id: $id }) {
    __typename
    ... on CustomerChanged { cursor reasons changedTraits customer { displayName traits lastSeenAt } }
    ... on CustomerMerged { cursor absorbed customer { id displayName } }
    ... on CustomerSplit { cursor customer { id } created { id displayName } }
    ... on ResyncRequired { reason }
  }
}`, '{ "id": "cus_…" }'],
  'How far the graph is': ['{\n  journal { head applied lag oldestPendingSeconds }\n}', ''],
};

let stop = () => {};

function say(text) { $('status').textContent = text; }

function show(value, more) {
  const pre = document.createElement('pre');
  pre.textContent = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  const box = $('answer');
  const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 40;
  if (!more) box.textContent = '';
  box.append(pre);
  while (box.childElementCount > 500) box.firstChild.remove();
  if (more && atEnd) box.scrollTop = box.scrollHeight;
}

function busy(on) {
  $('stop').disabled = !on;
}

async function post(body, signal) {
  const answer = await fetch(endpoint, {
    method: 'POST', signal, credentials: 'omit', cache: 'no-store',
    headers: { 'Content-Type': 'application/json', Authorization: 'Bearer ' + $('token').value.trim() },
    body: JSON.stringify(body),
  });
  return answer.json();
}

// The kind of the operation that will run: the only one, or the first.
function kind(text) {
  const bare = text.replace(/"""[\s\S]*?"""|"(?:\\.|[^"\\])*"|#.*/g, '""');
  const m = /(?:^|[\s}])(query|mutation|subscription)\b|^\s*\{/.exec(bare);
  return (m && m[1]) || 'query';
}

function subscribe(body) {
  const url = new URL(endpoint);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  const socket = new WebSocket(url, 'graphql-transport-ws');
  const send = (m) => socket.send(JSON.stringify(m));
  let events = 0, ended = false;
  socket.onopen = () => send({ type: 'connection_init', payload: { Authorization: 'Bearer ' + $('token').value.trim() } });
  socket.onmessage = ({ data }) => {
    const m = JSON.parse(data);
    switch (m.type) {
      case 'connection_ack': send({ id: '1', type: 'subscribe', payload: body }); say('Watching.'); break;
      case 'ping': send({ type: 'pong' }); break;
      case 'next': events++; show(m.payload, events > 1); say(`Watching: ${events} event${events > 1 ? 's' : ''}.`); break;
      case 'error': ended = true; show({ errors: m.payload }, events > 0); say('Refused.'); socket.close(1000); break;
      case 'complete': ended = true; say(`Complete after ${events} events.`); socket.close(1000); break;
    }
  };
  socket.onclose = ({ code, reason }) => {
    if (!ended) say(`Closed by the server: ${code} ${reason}`);
    busy(false);
  };
  return () => { ended = true; say(`Stopped after ${events} events.`); socket.close(1000); };
}

async function run() {
  stop();
  const body = { query: $('query').value };
  try {
    const text = $('variables').value.trim();
    if (text) body.variables = JSON.parse(text);
  } catch (e) {
    say('The variables are not JSON: ' + e.message);
    $('variables').focus();
    return;
  }
  sessionStorage.setItem('query', $('query').value);
  sessionStorage.setItem('variables', $('variables').value);
  busy(true);
  if (kind(body.query) === 'subscription') {
    say('Connecting.');
    $('answer').textContent = '';
    stop = subscribe(body);
    return;
  }
  const abort = new AbortController();
  stop = () => abort.abort();
  say('Asking.');
  const begin = performance.now();
  try {
    const answer = await post(body, abort.signal);
    show(answer);
    say(`${answer.errors ? 'Answered with errors' : 'Answered'} after ${Math.round(performance.now() - begin)} ms.`);
    if (!$('schema').childElementCount) know();
  } catch (e) {
    say(e.name === 'AbortError' ? 'Stopped.' : 'No answer: ' + e.message);
  }
  busy(false);
}

const typeText = (t) => t.kind === 'NON_NULL' ? typeText(t.ofType) + '!' : t.kind === 'LIST' ? `[${typeText(t.ofType)}]` : t.name;

const ofType = '{ kind name ofType { kind name ofType { kind name ofType { kind name } } } }';

// know reads the schema and lists its types.
async function know() {
  const { data } = await post({ query: `{ __schema { types {
    name kind description
    fields { name description args { name type ${ofType} } type ${ofType} }
    inputFields { name description type ${ofType} }
    enumValues { name description }
    possibleTypes { name }
  } } }` }).catch(() => ({}));
  if (!data) return;
  const first = ['Query', 'Mutation', 'Subscription'];
  const rank = (t) => (first.indexOf(t.name) + 1) || 9;
  const types = data.__schema.types.filter((t) => !t.name.startsWith('__')).sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
  $('schema').replaceChildren(...types.map(typeEntry));
  $('found').textContent = `${types.length} types.`;
}

function element(name, text, ...children) {
  const e = document.createElement(name);
  if (text) e.textContent = text;
  e.append(...children);
  return e;
}

function typeEntry(t) {
  const items = (t.fields || t.inputFields || t.enumValues || t.possibleTypes || []).map((f) => {
    const args = f.args && f.args.length ? '(' + f.args.map((a) => `${a.name}: ${typeText(a.type)}`).join(', ') + ')' : '';
    const item = element('li', `${f.name}${args}${f.type ? ': ' + typeText(f.type) : ''}`);
    item.dataset.name = f.name.toLowerCase();
    if (f.description) item.append(element('p', f.description));
    return item;
  });
  const entry = element('details', '', element('summary', `${t.name} (${t.kind.toLowerCase().replace('_', ' ')})`));
  entry.dataset.name = t.name.toLowerCase();
  if (t.description) entry.append(element('p', t.description));
  entry.append(element('ul', '', ...items));
  return entry;
}

function find() {
  const wanted = $('find').value.trim().toLowerCase();
  let shown = 0;
  for (const entry of $('schema').children) {
    const own = entry.dataset.name.includes(wanted);
    let inside = false;
    for (const item of entry.querySelectorAll('li')) {
      const hit = item.dataset.name.includes(wanted);
      item.hidden = !(own || hit);
      inside ||= hit;
    }
    entry.hidden = !(own || inside);
    entry.open = wanted !== '' && inside && !own;
    if (!entry.hidden) shown++;
  }
  $('found').textContent = `${shown} types.`;
}

function begin() {
  const given = new URLSearchParams(location.hash.slice(1)).get('token');
  if (given) {
    sessionStorage.setItem('token', given);
    history.replaceState(null, '', location.pathname);
  }
  $('token').value = sessionStorage.getItem('token') || '';
  for (const name of Object.keys(examples)) $('example').append(new Option(name));
  const choose = () => { [$('query').value, $('variables').value] = examples[$('example').value]; };
  choose();
  if (sessionStorage.getItem('query')) {
    $('query').value = sessionStorage.getItem('query');
    $('variables').value = sessionStorage.getItem('variables');
  }
  $('example').addEventListener('change', choose);
  $('token').addEventListener('change', () => { sessionStorage.setItem('token', $('token').value); know(); });
  $('run').addEventListener('click', run);
  $('stop').addEventListener('click', () => stop());
  $('find').addEventListener('input', find);
  document.addEventListener('keydown', (e) => {
    if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) { e.preventDefault(); run(); }
    if (e.key === 'Escape') stop();
  });
  if ($('token').value) know();
}

begin();
