import Alert from '@cloudscape-design/components/alert';

import { text } from '../messages';
import { useNotices } from '../ui/notices';

/** What was said of late, over the page and not in it, so that nothing moves when it comes and goes. */
export function NoticeStack() {
  const { items, remove } = useNotices();
  return (
    <section className="notices" aria-label={text.common.notices} aria-live="polite">
      {items.map(({ id, type, content, action }) => (
        <div key={id} role={type === 'error' ? 'alert' : undefined}>
          <Alert type={type} dismissible onDismiss={() => remove(id)} action={action}>
            {content}
          </Alert>
        </div>
      ))}
    </section>
  );
}
