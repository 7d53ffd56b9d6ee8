namespace Postern.Cli;

/// <summary>What every command's exit status means (postern(1), "Exit status").</summary>
internal static class ExitStatus
{
    public const int Good = 0;
    public const int Failed = 1;
    public const int UsedWrongly = 2;
}
