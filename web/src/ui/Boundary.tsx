import { Component, type ReactNode } from 'react';

interface Props {
  /** What stands there once something below could not be loaded or drawn. */
  fallback: ReactNode;
  children: ReactNode;
}

export class Boundary extends Component<Props, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override render(): ReactNode {
    return this.state.failed ? this.props.fallback : this.props.children;
  }
}
