import { connectHost } from './host.ts';
import { PanelApp } from './panel-app.ts';

const app = new PanelApp();
document.body.append(app);
app.connect(connectHost());
