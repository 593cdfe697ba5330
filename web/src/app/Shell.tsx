import AppLayout from '@cloudscape-design/components/app-layout';
import Flashbar from '@cloudscape-design/components/flashbar';
import SideNavigation from '@cloudscape-design/components/side-navigation';
import { Outlet, useLocation, useNavigate } from 'react-router';

import { text } from '../messages';
import { useNotices } from '../ui/notices';
import { PAGES } from './navigation';
import { TopBar } from './TopBar';

const messages = text.common;

/** What stands around every page. */
export function Shell() {
  return (
    <>
      <a className="skip" href="#content">
        {messages.navigation.skip}
      </a>
      <div id="top">
        <TopBar />
      </div>
      <AppLayout
        headerSelector="#top"
        toolsHide
        navigation={<Navigation />}
        navigationWidth={220}
        ariaLabels={{
          navigation: messages.navigation.label,
          navigationToggle: messages.navigation.open,
          navigationClose: messages.navigation.close,
          notifications: messages.notices.label,
        }}
        notifications={<Notices />}
        stickyNotifications
        content={
          <div id="content" tabIndex={-1}>
            <Outlet />
          </div>
        }
        maxContentWidth={Number.MAX_VALUE}
      />
    </>
  );
}

function Navigation() {
  const { pathname } = useLocation();
  const navigate = useNavigate();
  const active = PAGES.find(({ href }) => href !== '/' && pathname.startsWith(href))?.href ?? '/';
  return (
    <SideNavigation
      activeHref={active}
      items={PAGES.map((page) => ({ type: 'link', ...page }))}
      onFollow={(event) => {
        event.preventDefault();
        void navigate(event.detail.href);
      }}
    />
  );
}

function Notices() {
  const { items } = useNotices();
  const { label, count, inProgress, ...icons } = messages.notices;
  return (
    <Flashbar
      items={items}
      i18nStrings={{
        ariaLabel: label,
        errorIconAriaLabel: icons.error,
        successIconAriaLabel: icons.success,
        infoIconAriaLabel: icons.info,
        warningIconAriaLabel: icons.warning,
        inProgressIconAriaLabel: inProgress,
        notificationBarAriaLabel: count,
        notificationBarText: count,
      }}
    />
  );
}
