import TopNavigation from '@cloudscape-design/components/top-navigation';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';

import { quotaQuery } from '../api/queries';
import { useSigned } from '../auth/account';
import { text } from '../messages';
import { chosenTheme, chooseTheme, type Theme } from './theme';

const messages = text.common;

export function TopBar() {
  const { account, signOut } = useSigned();
  const navigate = useNavigate();
  const [theme, setTheme] = useState(chosenTheme);
  const { data: quota } = useQuery(quotaQuery);
  const images = quota?.meters.images;
  const choose = (chosen: Theme) => {
    chooseTheme(chosen);
    setTheme(chosen);
  };
  const themes: readonly Theme[] = ['system', 'light', 'dark'];
  return (
    <TopNavigation
      identity={{
        href: '/',
        title: messages.product,
        logo: { src: '/icon.svg', alt: messages.product },
        onFollow: (event) => {
          event.preventDefault();
          void navigate('/');
        },
      }}
      utilities={[
        // Its place is kept from the beginning: a menu that is open beside it would close.
        {
          type: 'button',
          text: images ? messages.quota(images.remaining, images.limit) : messages.quotaUnknown,
          disableUtilityCollapse: true,
        },
        {
          type: 'menu-dropdown',
          iconName: 'settings',
          ariaLabel: messages.theme.label,
          title: messages.theme.label,
          items: themes.map((id) => ({ id, text: messages.theme[id], itemType: 'checkbox', checked: id === theme })),
          onItemClick: ({ detail }) => choose(detail.id as Theme),
        },
        {
          type: 'menu-dropdown',
          iconName: 'user-profile',
          text: account.email,
          ariaLabel: `${messages.account.label}: ${account.email}`,
          items: [{ id: 'sign-out', text: messages.account.signOut, iconName: 'undo' }],
          onItemClick: () => void signOut(),
        },
      ]}
    />
  );
}
