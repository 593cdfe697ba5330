import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import { useNavigate, useRouteError } from 'react-router';

import { text } from '../messages';
import { sentence } from '../ui/sentence';
import { useTitle } from '../ui/title';

/** What stands in place of a page that could not be loaded or drawn. */
export function PageFault() {
  const error = useRouteError();
  const { title, reload } = text.common.errors.page;
  useTitle(title);
  return (
    <Box padding="xxl">
      <Alert
        type="error"
        header={title}
        action={<Button onClick={() => window.location.reload()}>{reload}</Button>}
      >
        {sentence(error)}
      </Alert>
    </Box>
  );
}

export function NoSuchPage() {
  const navigate = useNavigate();
  const { title, text: explanation, back } = text.common.errors.noSuchPage;
  useTitle(title);
  return (
    <Box textAlign="center" padding="xxl">
      <Box variant="h1">{title}</Box>
      <Box color="text-body-secondary" padding={{ vertical: 's' }}>
        {explanation}
      </Box>
      <Button variant="primary" onClick={() => void navigate('/')}>
        {back}
      </Button>
    </Box>
  );
}
