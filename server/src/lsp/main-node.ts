import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { nodeHost } from './node-host.ts';
import { startServer } from './server.ts';

// `--stdio`, `--node-ipc` and `--socket=PORT` are read from the arguments by the library; stdio is the default.
const transports = ['--stdio', '--node-ipc', '--socket', '--pipe'];
if (!process.argv.some((argument) => transports.some((transport) => argument.startsWith(transport))))
  process.argv.push('--stdio');

startServer(createConnection(ProposedFeatures.all), nodeHost());
