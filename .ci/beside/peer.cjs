// What fast-check does with MAP20 and SNAP30 (see src/main.rs), in the rows of that.
// Usage: NODE_PATH=… node peer.cjs map20|snap30
const fc = require('fast-check');

const KEYS = 8, NAMES = 6, SEQUENCES = 50000, RUNS = 200;

// MAP20: at most 20 steps, each compared.
const change = (name, does) => class {
  constructor(key, value) { this.key = key; this.value = value; }
  check() { return true; }
  run(model, real) {
    model.steps.count++;
    if (does(model.map, this) !== does(real, this) || model.map.size !== real.size) throw new Error('they differ');
  }
  toString() { return `${name}(${this.key},${this.value})`; }
};
const Put = change('put', (map, {key, value}) => { const old = map.get(key); map.set(key, value); return old; });
const Get = change('get', (map, {key}) => map.get(key));
const Del = change('del', (map, {key}) => { const old = map.get(key); map.delete(key); return old; });

function map20() {
  const key = fc.nat(KEYS - 1), steps = {count: 0};
  const put = fc.tuple(key, fc.nat(255)).map(([key, value]) => new Put(key, value));
  const get = key.map((key) => new Get(key)), del = key.map((key) => new Del(key));
  const commands = fc.commands([put, put, put, get, get, del], {maxCommands: 20, size: 'max'});
  const begun = performance.now();
  fc.assert(fc.property(commands, (drawn) => {
    fc.modelRun(() => ({model: {map: new Map(), steps}, real: new Map()}), drawn);
  }), {numRuns: SEQUENCES, seed: 7});
  console.log((steps.count / (performance.now() - begun) * 1000).toFixed(0));
}

// SNAP30: the model is not seen while commands are drawn, so that what can't be done is passed over.
const snapshot = (name, applies, does) => class {
  constructor(...names) { this.names = names; }
  check(model) { return applies(model.names, ...this.names); }
  run(model, real) {
    model.played.push([name, ...this.names]);
    model.count();
    if (name === 'describe' && model.names.get(this.names[0]) !== real.get(this.names[0])) {
      model.failed(model.played);
      throw new Error('another key');
    }
    does(model.names, false, ...this.names);
    does(real, true, ...this.names);
  }
  toString() { return `${name}(${this.names})`; }
};
const Create = snapshot('create', (names, name) => !names.has(name), (names, _, name, key) => names.set(name, key));
const Copy = snapshot('copy', (names, from, to) => names.has(from) && !names.has(to),
  (names, loses, from, to) => names.set(to, names.get(from) && !loses));
const Delete = snapshot('delete', (names, name) => names.has(name), (names, _, name) => names.delete(name));
const Describe = snapshot('describe', (names, name) => names.has(name), () => {});

function shrunk(seed) {
  const name = fc.nat(NAMES - 1), key = fc.nat(99).map((drawn) => drawn >= 85);
  const create = fc.tuple(name, key).map((drawn) => new Create(...drawn));
  const copy = fc.tuple(name, name).map((drawn) => new Copy(...drawn));
  const remove = name.map((name) => new Delete(name)), describe = name.map((name) => new Describe(name));
  const commands = fc.commands([create, create, create, copy, copy, remove, remove, remove, describe, describe],
    {maxCommands: 60, size: 'max'});
  let last = null, first = 0, executions = 0, steps = 0;
  fc.check(fc.property(commands, (drawn) => {
    executions += last ? 1 : 0;
    fc.modelRun(() => ({real: new Map(), model: {
      names: new Map(), played: [], count: () => { steps += last ? 1 : 0; },
      failed: (played) => { first ||= played.length; last = played; },
    }}), drawn);
  }), {seed, numRuns: 10000});
  return {last, first, executions, steps};
}

function snap30() {
  const runs = [];
  for (let seed = 0; runs.length < RUNS; seed++) {
    const run = shrunk(seed);
    if (run.last && run.first >= 20 && run.first <= 30) runs.push(run);
  }
  const isShortest = ([create, copy, describe, ...rest]) => rest.length === 0 && describe && create[0] === 'create' && create[2]
    && copy[0] === 'copy' && copy[1] === create[1] && describe[0] === 'describe' && describe[1] === copy[2];
  const mean = (of) => runs.reduce((sum, run) => sum + of(run), 0) / runs.length;
  const ends = new Set(runs.map(({last}) => JSON.stringify(last)));
  console.log([runs.filter(({last}) => isShortest(last)).length, runs.length, mean(({executions}) => executions).toFixed(1),
    mean(({steps}) => steps).toFixed(0), ends.size].join('\t'));
}

({map20, snap30})[process.argv[2]]();
