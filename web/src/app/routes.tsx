import type { ComponentType } from 'react';
import { createBrowserRouter } from 'react-router';

import { NoSuchPage, PageFault } from './Fault';
import { Shell } from './Shell';

/** A page is the default export of its module and is loaded when somebody goes there. */
const page = (load: () => Promise<{ default: ComponentType }>) => async () => ({ Component: (await load()).default });

export const newRouter = () =>
  createBrowserRouter([
    {
      element: <Shell />,
      errorElement: <PageFault />,
      HydrateFallback: () => null,
      children: [
        {
          errorElement: <PageFault />,
          children: [
            { index: true, lazy: page(() => import('../pages/library/LibraryPage')) },
            { path: 'images/:id', lazy: page(() => import('../pages/image/ImagePage')) },
            { path: 'jobs', lazy: page(() => import('../pages/jobs/JobsPage')) },
            { path: 'jobs/new', lazy: page(() => import('../pages/jobs/NewJobPage')) },
            { path: 'jobs/:id', lazy: page(() => import('../pages/jobs/JobPage')) },
            { path: 'studio', lazy: page(() => import('../pages/studio/StudioPage')) },
            { path: 'usage', lazy: page(() => import('../pages/usage/UsagePage')) },
            { path: 'settings', lazy: page(() => import('../pages/settings/SettingsPage')) },
            { path: '*', element: <NoSuchPage /> },
          ],
        },
      ],
    },
  ]);
