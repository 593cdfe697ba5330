import Button from '@cloudscape-design/components/button';
import Icon from '@cloudscape-design/components/icon';
import { useEffect, useRef } from 'react';
import { NavLink, useLocation } from 'react-router';

import { text } from '../messages';
import { PAGES } from './navigation';

const messages = text.common.navigation;

/** Beside the page where there is room. */
export function SideNavigation() {
  return (
    <nav className="side" aria-label={messages.label}>
      <Links />
    </nav>
  );
}

/** The same behind a button, where there is none. A modal dialog keeps the focus in it, and Escape closes it. */
export function MenuNavigation() {
  const dialog = useRef<HTMLDialogElement>(null);
  const { key } = useLocation();
  useEffect(() => dialog.current?.close(), [key]);
  return (
    <div className="menu">
      <Button variant="icon" iconName="menu" ariaLabel={messages.open} onClick={() => dialog.current?.showModal()} />
      <dialog
        ref={dialog}
        aria-label={messages.label}
        onClick={(event) => {
          // On what lies behind it.
          if (event.target === event.currentTarget) event.currentTarget.close();
        }}
      >
        <div className="menu-content">
          <Button variant="icon" iconName="close" ariaLabel={messages.close} onClick={() => dialog.current?.close()} />
          <nav aria-label={messages.label}>
            <Links />
          </nav>
        </div>
      </dialog>
    </div>
  );
}

function Links() {
  return (
    <ul>
      {PAGES.map(({ text: name, href, icon }) => (
        <li key={href}>
          <NavLink to={href} end={href === '/'}>
            <Icon name={icon} /> {name}
          </NavLink>
        </li>
      ))}
    </ul>
  );
}
