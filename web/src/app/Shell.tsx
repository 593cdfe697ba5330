import { Outlet, ScrollRestoration } from 'react-router';

import { text } from '../messages';
import { DropZone } from '../uploads/DropZone';
import { SideNavigation } from './Menus';
import { NoticeStack } from './NoticeStack';
import { TopBar } from './TopBar';
import './shell.css';

/** What stands around every page. */
export function Shell() {
  return (
    <>
      <a className="skip" href="#content">
        {text.common.navigation.skip}
      </a>
      <TopBar />
      <div className="frame">
        <SideNavigation />
        <main id="content" tabIndex={-1}>
          <Outlet />
        </main>
      </div>
      <NoticeStack />
      <DropZone />
      <ScrollRestoration />
    </>
  );
}
