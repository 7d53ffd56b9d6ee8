namespace Postern.Cli;

internal static class ExitStatus
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int UsedWrongly = 2;
}
