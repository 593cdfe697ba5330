import './main.css';

import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { configureApi } from './api/client';
import { App } from './app/App';
import { applyTheme } from './app/theme';
import { nameColours } from './app/tokens';
import { configureAuth } from './auth/session';
import { loadConfig } from './config';

applyTheme();
nameColours();

const config = await loadConfig();
configureAuth(config);
configureApi(config.apiUrl);

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App config={config} />
    </StrictMode>,
  );
}
