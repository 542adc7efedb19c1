/** Writes VS Code's log files, the part of spdlog that VS Code calls. Without it the extension host logs nothing. */
const { appendFileSync, mkdirSync } = require('node:fs');
const { dirname } = require('node:path');

exports.setFlushOn = exports.setLevel = () => {};
exports.createAsyncRotatingLogger = async (_name, file) => createLogger(file);
exports.createRotatingLogger = exports.createAsyncRotatingLogger;

function createLogger(file) {
  mkdirSync(dirname(file), { recursive: true });
  let withTime = true;
  const write = (level) => (text) =>
    appendFileSync(file, withTime ? `${new Date().toISOString()} [${level}] ${text}\n` : text);
  return {
    trace: write('trace'),
    debug: write('debug'),
    info: write('info'),
    warn: write('warning'),
    error: write('error'),
    critical: write('critical'),
    setPattern: () => {},
    clearFormatters: () => {
      withTime = false;
    },
    setLevel: () => {},
    getLevel: () => 0,
    flush: () => {},
    drop: () => {},
  };
}
