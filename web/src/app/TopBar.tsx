import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import Icon from '@cloudscape-design/components/icon';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';

import { quotaQuery } from '../api/queries';
import { useSigned } from '../auth/account';
import { text } from '../messages';
import { useIsNarrow } from '../ui/useIsNarrow';
import { MenuNavigation } from './Menus';
import { chosenTheme, chooseTheme, type Theme } from './theme';

const messages = text.common;
const SIGN_OUT = 'sign-out';
const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

export function TopBar() {
  const { data: quota } = useQuery(quotaQuery);
  const images = quota?.meters.images;
  return (
    <header className="bar">
      <MenuNavigation />
      <Link to="/" className="bar-brand">
        <img src="/icon.svg" alt="" width={28} height={28} />
        {messages.product}
      </Link>
      <Link to="/usage" className="bar-quota">
        {images ? messages.quota(images.remaining, images.limit) : messages.quotaUnknown}
      </Link>
      <AccountMenu />
    </header>
  );
}

function AccountMenu() {
  const { account, signOut } = useSigned();
  const isNarrow = useIsNarrow();
  const [theme, setTheme] = useState(chosenTheme);
  const choose = (id: string) => {
    const chosen = THEMES.find((theme) => theme === id);
    if (chosen) {
      chooseTheme(chosen);
      setTheme(chosen);
    } else if (id === SIGN_OUT) {
      void signOut();
    }
  };
  return (
    <ButtonDropdown
      ariaLabel={`${messages.account.label}: ${account.email}`}
      items={[
        {
          text: messages.theme.label,
          items: THEMES.map((id) => ({ id, text: messages.theme[id], itemType: 'checkbox', checked: id === theme })),
        },
        { id: SIGN_OUT, text: messages.account.signOut, iconName: 'undo' },
      ]}
      onItemClick={({ detail }) => choose(detail.id)}
    >
      {isNarrow ? <Icon name="user-profile" /> : <span className="bar-account">{account.email}</span>}
    </ButtonDropdown>
  );
}
