using System.CommandLine;

namespace Postern.Cli.Commands;

/// <summary><c>postern tlsrpt</c>: reports about TLS in the delivery of mail (RFC 8460), others' and our own.</summary>
internal static class TlsRptCommand
{
    public static Command Create(TextWriter output, TextWriter errors) => new("tlsrpt", "Show reports on TLS that others sent (RFC 8460), or make one's own")
    {
        TlsRptShowCommand.Create(output, errors),
        TlsRptMakeCommand.Create(output, errors),
    };
}
