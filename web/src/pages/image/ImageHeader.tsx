import Button from '@cloudscape-design/components/button';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMutation } from '@tanstack/react-query';

import { api, data, type ImageView } from '../../api/client';
import { text } from '../../messages';
import { nameOf, whyNoRun } from '../../ui/images';
import { useNotices } from '../../ui/notices';
import { useIsNarrow } from '../../ui/useIsNarrow';

const messages = text.image;

interface Props {
  image: ImageView;
  onRegenerate: () => void;
  onDelete: () => void;
}

export function ImageHeader({ image, onRegenerate, onDelete }: Props) {
  const notices = useNotices();
  const download = useMutation({
    mutationFn: (embed: boolean) => {
      const params = { path: { image_id: image.id }, query: embed ? { embed: 'xmp' as const } : {} };
      return data(api.GET('/images/{image_id}/download', { params }));
    },
    onSuccess: ({ url }) => window.location.assign(url),
    onError: notices.error,
  });
  const whyNot = whyNoRun(image);
  const isNarrow = useIsNarrow();
  const hasFile = image.status !== 'pending' && image.status !== 'cancelled';
  return (
    <Header
      variant="h1"
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <Button iconName="remove" ariaLabel={messages.delete} onClick={onDelete}>
            {!isNarrow && messages.delete}
          </Button>
          <ButtonDropdown
            items={[
              { id: 'embedded', text: messages.download.embedded, disabled: image.version === 0 },
              { id: 'original', text: messages.download.original },
            ]}
            disabled={!hasFile}
            loading={download.isPending}
            onItemClick={({ detail }) => download.mutate(detail.id === 'embedded')}
          >
            {messages.download.label}
          </ButtonDropdown>
          <Button
            variant="primary"
            iconName="gen-ai"
            disabled={whyNot !== null}
            disabledReason={whyNot ?? ''}
            onClick={onRegenerate}
          >
            {text.regenerate.action}
          </Button>
        </SpaceBetween>
      }
    >
      {nameOf(image)}
    </Header>
  );
}
