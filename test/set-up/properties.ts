import fc from 'fast-check'

/** A property that was stopped by a time limit before its last run has shown nothing: it fails. */
fc.configureGlobal({ markInterruptAsFailure: true })
