import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import BreadcrumbGroup from '@cloudscape-design/components/breadcrumb-group';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Spinner from '@cloudscape-design/components/spinner';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useLocation, useNavigate, useParams } from 'react-router';

import type { ImageView } from '../../api/client';
import { text } from '../../messages';
import RegenerateDialog from '../../regenerate/RegenerateDialog';
import DeleteDialog from '../../ui/DeleteDialog';
import { nameOf } from '../../ui/images';
import { DECIDED } from '../../ui/leaving';
import { sentence } from '../../ui/sentence';
import { useTitle } from '../../ui/title';
import type { FROM_LIBRARY } from '../library/address';
import { Facts } from './Facts';
import { History } from './History';
import { ImageHeader } from './ImageHeader';
import { MetadataForm } from './MetadataForm';
import { Palette } from './Palette';
import { Preview } from './Preview';
import { Progress } from './Progress';
import { imageQuery } from './queries';
import { Safety } from './Safety';
import { Similar } from './Similar';
import './image.css';

export default function ImagePage() {
  const { id = '' } = useParams();
  const { data: image, error } = useQuery(imageQuery(id));
  if (error && !image) return <Alert type="error">{sentence(error)}</Alert>;
  if (!image) {
    return (
      <Box textAlign="center" padding="xxl">
        <div role="status">
          <Spinner size="large" /> {text.common.loading}
        </div>
      </Box>
    );
  }
  return <Details key={id} image={image} />;
}

function Details({ image }: { image: ImageView }) {
  const navigate = useNavigate();
  const { state } = useLocation() as { state: typeof FROM_LIBRARY | null };
  useTitle(nameOf(image));
  const [dialog, setDialog] = useState<'regenerate' | 'delete'>();
  const close = () => setDialog(undefined);
  const follow = (event: { preventDefault: () => void }) => {
    event.preventDefault();
    // Back to where the image was clicked, filters and place included.
    void (state?.isFromLibrary ? navigate(-1) : navigate('/'));
  };
  return (
    <SpaceBetween size="m">
      <BreadcrumbGroup
        items={[
          { text: text.library.title, href: '/' },
          { text: nameOf(image), href: `/images/${image.id}` },
        ]}
        onFollow={follow}
      />
      <ImageHeader image={image} onRegenerate={() => setDialog('regenerate')} onDelete={() => setDialog('delete')} />
      <Progress image={image} onRetry={() => setDialog('regenerate')} />
      <Safety flags={image.safety} />
      <div className="details">
        <div className="details-preview">
          <Preview image={image} />
        </div>
        <div className="details-texts">
          <SpaceBetween size="m">
            <MetadataForm image={image} />
            <History id={image.id} />
          </SpaceBetween>
        </div>
        <div className="details-facts">
          <SpaceBetween size="m">
            {image.palette.length > 0 && <Palette swatches={image.palette} />}
            <Facts image={image} />
          </SpaceBetween>
        </div>
      </div>
      {image.version > 0 && <Similar id={image.id} />}
      {dialog === 'regenerate' && <RegenerateDialog ids={[image.id]} onClose={close} />}
      {dialog === 'delete' && <DeleteDialog ids={[image.id]} onClose={close} onDeleted={() => void navigate('/', { state: DECIDED })} />}
    </SpaceBetween>
  );
}
